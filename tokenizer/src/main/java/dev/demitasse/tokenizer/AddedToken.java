package dev.demitasse.tokenizer;

/**
 * A token that stands beside the byte-pair vocabulary and is recognised by its text as a whole.
 *
 * @param id the token id
 * @param content the text it stands for, not empty
 * @param special whether it controls the model (such as {@code <|im_end|>}) rather than being part of the text
 * @param normalized whether it is looked for in normalised text; otherwise in the text as given
 */
public record AddedToken(int id, String content, boolean special, boolean normalized) {}
