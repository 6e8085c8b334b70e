package dev.demitasse.chat;

/** The model, or the session, was closed: before this call or while the turn was running. */
public final class ModelClosedException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    ModelClosedException(String message) {
        super(message);
    }

    ModelClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}
