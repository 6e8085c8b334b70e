package dev.demitasse.core.format;

/** A model file that is damaged, truncated or not supported: says what was found where, and what was expected. */
public final class FileFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception. */
    public FileFormatException(String message) {
        super(message);
    }
}
