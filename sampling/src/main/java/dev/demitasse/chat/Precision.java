package dev.demitasse.chat;

/** How exactly a model computes. Weights are always used as their file stores them. */
public enum Precision {
    /**
     * What is fastest: kernels may round activations to blocks of 8-bit values for weight formats where that is faster,
     * and keys and values are kept as {@link KvType#F16}. Today's kernels use float activations for every format.
     */
    FAST,
    /** Float activations everywhere and {@link KvType#F32}: agrees with a float reference to about 1e-4. */
    EXACT
}
