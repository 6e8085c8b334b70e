package dev.demitasse.chat;

/** How exactly a model computes. Weights are always used as their file stores them. */
public enum Precision {
    /**
     * What is fastest: for formats of four to six bits ({@code Q4_0} to {@code Q6_K}) activations are rounded to 8 bits in blocks of
     * 32 before they are multiplied, as other engines do for all quantised formats, and keys and values are kept as {@link
     * KvType#F16}. Other formats are multiplied by float activations. See docs/NUMERICS.md for the limits.
     */
    FAST,
    /** Float activations everywhere and {@link KvType#F32}: agrees with a float reference to about 1e-4. */
    EXACT
}
