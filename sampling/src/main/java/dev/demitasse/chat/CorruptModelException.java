package dev.demitasse.chat;

/** A model file is damaged, cut or contradicts itself. */
public final class CorruptModelException extends ModelLoadException {
    private static final long serialVersionUID = 1L;

    CorruptModelException(String message) {
        super(message);
    }

    CorruptModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
