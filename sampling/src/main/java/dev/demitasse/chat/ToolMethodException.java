package dev.demitasse.chat;

/** A method cannot be a tool: its parameters have no names, or nobody may call it. The message says what to do. */
public final class ToolMethodException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    ToolMethodException(String message) {
        super(message);
    }

    ToolMethodException(String message, Throwable cause) {
        super(message, cause);
    }
}
