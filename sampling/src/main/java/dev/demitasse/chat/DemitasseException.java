package dev.demitasse.chat;

/** Root of everything this library throws about models, sessions and files. Unchecked. */
public class DemitasseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception. */
    public DemitasseException(String message) {
        super(message);
    }

    /** Makes the exception. */
    public DemitasseException(String message, Throwable cause) {
        super(message, cause);
    }
}
