package dev.demitasse.chat;

/**
 * A session could not be saved, or a file cannot be restored: it is no saved session, is damaged, belongs to another model
 * or comes from a newer version. The message says what was found and what to do.
 */
public final class SavedSessionException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    SavedSessionException(String message) {
        super(message);
    }

    SavedSessionException(String message, Throwable cause) {
        super(message, cause);
    }
}
