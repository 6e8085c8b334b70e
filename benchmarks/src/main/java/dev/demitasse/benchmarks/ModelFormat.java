package dev.demitasse.benchmarks;

import dev.demitasse.core.tensor.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What model files are called after: a weight type for most matrices and a mixture for the others, as llama.cpp's
 * quantiser chooses without an importance matrix for a model whose query heads share key heads by four or more (source:
 * {@code llama-quant.cpp}, {@code llama_tensor_get_type_impl} and {@code tensor_type_fallback}).
 */
public enum ModelFormat {
    F32(DType.F32),
    F16(DType.F16),
    BF16(DType.BF16),
    Q8_0(DType.Q8_0),
    Q4_0(DType.Q4_0),
    /** Every matrix in Q4_0, the tied head too, which the quantiser does when told {@code --pure}. */
    Q4_0_PURE(DType.Q4_0),
    Q4_1(DType.Q4_1),
    Q5_0(DType.Q5_0),
    Q5_1(DType.Q5_1),
    Q2_K(DType.Q2_K),
    Q3_K_M(DType.Q3_K),
    Q4_K_M(DType.Q4_K),
    Q5_K_M(DType.Q5_K),
    Q6_K(DType.Q6_K),
    IQ4_NL(DType.IQ4_NL),
    IQ4_XS(DType.IQ4_XS);

    /** A matrix by what it does. */
    enum Role {
        /** The embedding, which is the head as well. */
        EMBEDDING,
        ATTENTION_VALUE,
        ATTENTION_OUTPUT,
        DOWN,
        /** Query, key, gate and up: never treated specially. */
        OTHER
    }

    private final DType base;

    ModelFormat(DType base) {
        this.base = base;
    }

    /**
     * The format of that name, in either case.
     *
     * @throws IllegalArgumentException if there is none, with the names that there are
     */
    static ModelFormat of(String name) {
        return Arrays.stream(values())
                .filter(format -> format.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("there is no format " + name + "; expected one of " + names()));
    }

    static String names() {
        return Arrays.stream(values()).map(ModelFormat::lowerCase).collect(Collectors.joining(" "));
    }

    /** The name as files have it. */
    String lowerCase() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The type of a matrix.
     *
     * @param layer the layer it belongs to, 0 for the embedding
     * @param layers the number of layers
     * @param cols the width of its rows
     */
    DType type(Role role, int layer, int layers, int cols) {
        return fitting(wanted(role, layer, layers, cols), cols);
    }

    private DType wanted(Role role, int layer, int layers, int cols) {
        if (base.blockSize() == 1 || this == Q4_0_PURE) {
            return base;
        }
        return switch (role) {
            case EMBEDDING -> base == DType.Q8_0 || cols % base.blockSize() != 0 ? DType.Q8_0 : DType.Q6_K;
            case ATTENTION_VALUE -> attentionValue(layer, layers);
            case ATTENTION_OUTPUT ->
                switch (this) {
                    case Q2_K -> DType.Q3_K;
                    case Q3_K_M -> DType.Q4_K;
                    default -> base;
                };
            case DOWN -> down(layer, layers);
            case OTHER -> base;
        };
    }

    private DType attentionValue(int layer, int layers) {
        return switch (this) {
            case Q2_K -> DType.Q4_K;
            case Q3_K_M -> layer < 2 ? DType.Q5_K : DType.Q4_K;
            case IQ4_NL, IQ4_XS -> DType.Q5_K;
            case Q4_K_M, Q5_K_M -> usesMoreBits(layer, layers) ? DType.Q6_K : base;
            default -> base;
        };
    }

    private DType down(int layer, int layers) {
        return switch (this) {
            case Q2_K -> DType.Q3_K;
            case Q3_K_M -> layer < layers / 16 ? DType.Q5_K : DType.Q4_K;
            case IQ4_NL, IQ4_XS -> layer < layers / 8 ? DType.Q5_K : base;
            case Q4_K_M, Q5_K_M -> usesMoreBits(layer, layers) ? DType.Q6_K : base;
            default -> base;
        };
    }

    /** The first and last eighth of the layers, and every third between. */
    private static boolean usesMoreBits(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }

    /** Rows that are no multiple of 256 are stored in a type with blocks of 32. */
    private static DType fitting(DType type, int cols) {
        if (cols % type.blockSize() == 0) {
            return type;
        }
        return switch (type) {
            case Q2_K, Q3_K -> DType.Q4_0;
            case Q4_K -> DType.Q5_0;
            case Q5_K -> DType.Q5_1;
            case Q6_K -> DType.Q8_0;
            case IQ4_XS -> DType.IQ4_NL;
            default ->
                throw new IllegalArgumentException("rows of " + cols + " values cannot be stored as " + type
                        + "; expected a multiple of " + type.blockSize());
        };
    }
}
