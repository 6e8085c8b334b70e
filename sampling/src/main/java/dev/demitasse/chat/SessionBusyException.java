package dev.demitasse.chat;

/** A session was asked for a second turn while one runs. Use another session, or wait for the turn to end. */
public final class SessionBusyException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    SessionBusyException(String message) {
        super(message);
    }
}
