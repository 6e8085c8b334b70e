package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * Rewrites weights in another storage type, with the bytes that ggml's reference quantisers give without an importance
 * matrix. Not thread-safe: it has scratch memory, so each thread takes one of its own.
 */
public final class Quantizer {
    private final BlockEncoder encoder = new BlockEncoder();
    private float[] row = new float[0];

    /** Takes its scratch memory. */
    public Quantizer() {}

    /** Whether weights can be rewritten in a type. */
    public static boolean canWrite(DType type) {
        return BlockEncoder.TYPES.contains(type);
    }

    /**
     * Rewrites some rows of a matrix.
     *
     * @param type one that {@link #canWrite can be written}, whose block size divides the matrix's columns
     * @param target as many bytes as the rows take in the new type
     * @throws IllegalArgumentException if a weight is not finite, or too large for {@code type}
     */
    public void convert(Matrix source, int firstRow, int rows, DType type, MemorySegment target) {
        int cols = source.cols();
        long rowBytes = type.rowBytes(cols);
        if (target.byteSize() != rows * rowBytes) {
            throw new IllegalArgumentException(source.name() + ": " + rows + " rows of type " + type + " take "
                    + rows * rowBytes + " bytes, found room for " + target.byteSize());
        }
        if (row.length < cols) {
            row = new float[cols];
        }
        for (int i = 0; i < rows; i++) {
            BlockDecoder.decode(source.type(), source.data(), (firstRow + i) * source.rowBytes(), cols, row, 0);
            requireEncodable(source, firstRow + i, type);
            encoder.encode(type, row, 0, cols, target, i * rowBytes);
        }
    }

    private void requireEncodable(Matrix source, int index, DType type) {
        // What rounds to infinity as an f16.
        float limit = type == DType.F16 ? 65520f : Float.POSITIVE_INFINITY;
        for (int i = 0; i < source.cols(); i++) {
            if (!(Math.abs(row[i]) < limit)) {
                throw new IllegalArgumentException("tensor " + source.name() + ", row " + index + ", column " + i
                        + ": found " + row[i] + ", which cannot be stored as " + type + "; expected a finite number"
                        + (type == DType.F16 ? " below " + limit + ". Try BF16" : ""));
            }
        }
    }
}
