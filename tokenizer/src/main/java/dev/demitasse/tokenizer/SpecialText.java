package dev.demitasse.tokenizer;

/** Whether special tokens appear in decoded text. Added tokens that are not special always do. */
public enum SpecialText {
    /** A special token is decoded to its text, such as {@code <|im_end|>}. */
    KEEP,
    /** A special token gives no text. */
    SKIP
}
