package dev.demitasse.chat;

/** A sound model file asks for something this library does not have: an architecture, a tensor type, a tokenizer. */
public final class UnsupportedArchitectureException extends ModelLoadException {
    private static final long serialVersionUID = 1L;

    UnsupportedArchitectureException(String message) {
        super(message);
    }

    UnsupportedArchitectureException(String message, Throwable cause) {
        super(message, cause);
    }
}
