package dev.demitasse.chat;

/** How exactly a model computes. Weights are always used as their file stores them. */
public enum Precision {
    /** What is fastest for each weight format: activations may be rounded to blocks of 8-bit values. */
    FAST,
    /** Float activations everywhere: slower, agrees with a float reference to about 1e-4. */
    EXACT
}
