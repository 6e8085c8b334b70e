package dev.demitasse.chat;

/**
 * A JSON Schema, regular expression, grammar or Java type that replies cannot be held to: it is malformed or uses something
 * that is not supported. The message says what and where.
 */
public final class OutputTypeException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    OutputTypeException(String message) {
        super(message);
    }

    OutputTypeException(String message, Throwable cause) {
        super(message, cause);
    }
}
