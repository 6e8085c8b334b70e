package dev.demitasse.chat;

/**
 * A model could not be downloaded, or not be found among those that were: says what was found, what was expected and what
 * to do. What had come is kept, and the next attempt goes on from there.
 */
public final class DownloadException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    DownloadException(String message, Throwable cause) {
        super(message, cause);
    }
}
