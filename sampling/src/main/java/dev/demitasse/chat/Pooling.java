package dev.demitasse.chat;

/** How the hidden states of a text's tokens become its one embedding. */
public enum Pooling {
    /** Their mean: for models that were not trained to embed, and for most that were. */
    MEAN,
    /** That of the last token, which has seen all others: for models that were trained so, as Qwen3-Embedding. */
    LAST
}
