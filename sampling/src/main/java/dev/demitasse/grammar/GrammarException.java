package dev.demitasse.grammar;

/** A grammar, pattern or schema that is malformed or uses something that is not supported. Tells where and what. */
public final class GrammarException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception. */
    public GrammarException(String message) {
        super(message);
    }
}
