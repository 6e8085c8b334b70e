package dev.demitasse.tokenizer;

/** A vocabulary that is damaged or not supported: says what was found, where, and what was expected. */
public final class TokenizerFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception. */
    public TokenizerFormatException(String message) {
        super(message);
    }
}
