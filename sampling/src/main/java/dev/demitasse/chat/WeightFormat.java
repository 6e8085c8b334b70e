package dev.demitasse.chat;

/**
 * What a model's matrices are stored as: the fewer bits, the smaller and faster, and the further from what was trained. The
 * mixtures are llama.cpp's, with its fallbacks for rows that blocks of 256 do not fill.
 */
public enum WeightFormat {
    /** Floats of 32 bits. */
    F32,
    /** Floats of 16 bits. */
    F16,
    /** The upper half of floats of 32 bits: the range of F32 with three digits. */
    BF16,
    /** 8.5 bits a weight: hardly to be told from the original. */
    Q8_0,
    /** 4.5 bits a weight, the head in Q6_K: the smallest. */
    Q4_0,
    /** 5 bits a weight, the head in Q6_K. */
    Q4_1,
    /** 5.5 bits a weight, the head in Q6_K. */
    Q5_0,
    /** 6 bits a weight, the head in Q6_K. */
    Q5_1,
    /** 4.5 bits a weight in every matrix, the head too. */
    Q4_K,
    /** Q4_K, with the head and half of the value and down projections in Q6_K: the usual compromise. */
    Q4_K_M,
    /** Q5_K, with the head and half of the value and down projections in Q6_K. */
    Q5_K_M,
    /** 6.6 bits a weight. */
    Q6_K;

    dev.demitasse.core.model.WeightFormat core() {
        return dev.demitasse.core.model.WeightFormat.valueOf(name());
    }
}
