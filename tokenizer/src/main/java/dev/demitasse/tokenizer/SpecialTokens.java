package dev.demitasse.tokenizer;

/** Which added tokens (such as {@code <|im_end|>}) are recognised where their text occurs in the input of an encode. */
public enum SpecialTokens {
    /** Every added token is recognised: for text that the application wrote itself, such as a rendered template. */
    ALL,
    /** No added token is recognised, everything is plain text: for text that came from somebody else. */
    NONE,
    /** Special tokens are plain text, added tokens that are not special are recognised. */
    SPLIT
}
