package dev.demitasse.hub;

import java.io.IOException;

/** A model could not be had: says what was found, what was expected and what to do. */
public final class HubException extends IOException {
    private static final long serialVersionUID = 1L;

    HubException(String message) {
        super(message);
    }

    HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
