package dev.demitasse.core.model;

import dev.demitasse.core.tensor.DType;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a model's matrices are stored as: one type for most of them and better ones for those that matter more, as
 * llama.cpp's quantiser chooses without an importance matrix ({@code llama-quant.cpp}, {@code
 * llama_tensor_get_type_impl} and {@code tensor_type_fallback}).
 */
public enum WeightFormat {
    /** Floats of 32 bits. */
    F32(DType.F32, 0),
    /** Floats of 16 bits. */
    F16(DType.F16, 1),
    /** The upper half of floats of 32 bits. */
    BF16(DType.BF16, 32),
    /** 8.5 bits a weight. */
    Q8_0(DType.Q8_0, 7),
    /** 4.5 bits a weight; the head Q6_K. */
    Q4_0(DType.Q4_0, 2),
    /** 5 bits a weight; the head Q6_K. */
    Q4_1(DType.Q4_1, 3),
    /** 5.5 bits a weight; the head Q6_K. */
    Q5_0(DType.Q5_0, 8),
    /** 6 bits a weight; the head Q6_K. */
    Q5_1(DType.Q5_1, 9),
    /** 4.5 bits a weight in every matrix, the head too. */
    Q4_K(DType.Q4_K, 14),
    /** Q4_K, with half of the value and down projections and the head in Q6_K. */
    Q4_K_M(DType.Q4_K, 15),
    /** Q5_K, with half of the value and down projections and the head in Q6_K. */
    Q5_K_M(DType.Q5_K, 17),
    /** 6.6 bits a weight. */
    Q6_K(DType.Q6_K, 18);

    private final DType base;
    private final int fileType;

    WeightFormat(DType base, int fileType) {
        this.base = base;
        this.fileType = fileType;
    }

    /** Its number in {@code general.file_type}, after {@code enum llama_ftype}. */
    int fileType() {
        return fileType;
    }

    /** Whether most matrices are in blocks. */
    boolean isQuantized() {
        return base.blockSize() > 1;
    }

    /** The type of every matrix of a model by its name; vectors are none. */
    Map<String, DType> matrixTypes(TensorNames names, DecoderConfig config) {
        Map<String, DType> types = new LinkedHashMap<>();
        int hidden = config.hiddenSize();
        if (config.tied()) {
            types.put(names.embedding(), head(hidden));
        } else {
            types.put(names.embedding(), fitting(base, hidden));
            types.put(names.head(), head(hidden));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = names.layerPrefix().apply(layer);
            DType special = hasMixture() && usesMoreBits(layer, config.layers()) ? DType.Q6_K : base;
            types.put(prefix + names.query() + TensorNames.WEIGHT, fitting(base, hidden));
            types.put(prefix + names.key() + TensorNames.WEIGHT, fitting(base, hidden));
            types.put(prefix + names.value() + TensorNames.WEIGHT, fitting(special, hidden));
            types.put(prefix + names.output(), fitting(base, config.querySize()));
            types.put(prefix + names.gate(), fitting(base, hidden));
            types.put(prefix + names.up(), fitting(base, hidden));
            types.put(prefix + names.down(), fitting(special, config.intermediateSize()));
        }
        return types;
    }

    private boolean hasMixture() {
        return this == Q4_K_M || this == Q5_K_M;
    }

    /** The matrix that makes the logits decides about every token: it keeps six bits or more. */
    private DType head(int cols) {
        if (!isQuantized() || this == Q4_K) {
            return fitting(base, cols);
        }
        return fitting(base == DType.Q8_0 || cols % base.blockSize() != 0 ? DType.Q8_0 : DType.Q6_K, cols);
    }

    /** The first and last eighth of the layers, and every third between. */
    private static boolean usesMoreBits(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }

    /** Rows that blocks of 256 do not fill are stored in blocks of 32, and those that these do not fill as F16. */
    private static DType fitting(DType type, int cols) {
        if (cols % type.blockSize() == 0) {
            return type;
        }
        DType shorter = switch (type) {
            case Q4_K -> DType.Q5_0;
            case Q5_K -> DType.Q5_1;
            case Q6_K -> DType.Q8_0;
            default -> DType.F16;
        };
        return cols % shorter.blockSize() == 0 ? shorter : DType.F16;
    }
}
