package dev.demitasse.chat;

/** The model has no memory or place left for this request now. Try again later, or close sessions. */
public final class ModelBusyException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    /** Says why. */
    public ModelBusyException(String message) {
        super(message);
    }

    /** Says why. */
    public ModelBusyException(String message, Throwable cause) {
        super(message, cause);
    }
}
