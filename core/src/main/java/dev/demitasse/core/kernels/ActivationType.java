package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.util.List;

/** As what the activations enter the product with a quantised matrix: part of the numeric contract. */
public enum ActivationType {
    /** As they are. */
    F32,
    /**
     * Rounded to 8 bits in blocks of 32 columns that share a scale, for matrices of formats whose codes are small enough for
     * sums of products in 16 bits; see {@link #rounds}. The same values in prefill, decode and batches.
     */
    INT8;

    /** True if activations are rounded before they are multiplied by a matrix of this type. */
    public boolean rounds(DType type) {
        return this == INT8
                && switch (type) {
                    case Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
                    case F32, F16, BF16, Q8_0, Q2_K, Q3_K, IQ4_NL, IQ4_XS -> false;
                };
    }

    /** True if any of the stacked matrices is of such a type: matrices with the same input all see the same values. */
    boolean rounds(List<Matrix> stacked) {
        return stacked.stream().anyMatch(matrix -> rounds(matrix.type()));
    }
}
