package dev.demitasse.chat;

/**
 * A reply did not become a value: its text is none of the type asked for, the type's own constructor refused it, or the
 * tokens allowed do not suffice for the shortest value. The turn is in the session's history if there is a text.
 */
public final class StructuredOutputException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    private final String rawText;

    StructuredOutputException(String message, String rawText) {
        super(message);
        this.rawText = rawText;
    }

    StructuredOutputException(String message, String rawText, Throwable cause) {
        super(message, cause);
        this.rawText = rawText;
    }

    /** The reply as the model wrote it; empty if it wrote nothing. The message does not repeat it: it may be private. */
    public String rawText() {
        return rawText;
    }
}
