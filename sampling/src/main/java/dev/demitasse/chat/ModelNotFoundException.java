package dev.demitasse.chat;

/** There is no model where one was looked for. */
public final class ModelNotFoundException extends ModelLoadException {
    private static final long serialVersionUID = 1L;

    ModelNotFoundException(String message) {
        super(message);
    }

    ModelNotFoundException(String message, Throwable cause) {
        super(message, cause);
    }
}
