package dev.demitasse.chat;

/** A conversation that a chat template cannot write, or a chat template that is not known. */
public final class TemplateException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception. */
    public TemplateException(String message) {
        super(message);
    }

    /** Makes the exception. */
    public TemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
