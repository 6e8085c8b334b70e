package dev.demitasse.hub;

import java.io.IOException;
import java.time.Duration;

/** A request that may succeed when it is repeated: a lost connection, a server that is busy. */
final class TransientFailure extends IOException {
    private static final long serialVersionUID = 1L;

    private final Duration askedPause;

    TransientFailure(String message, Throwable cause) {
        super(message, cause);
        this.askedPause = Duration.ZERO;
    }

    TransientFailure(String message, Duration askedPause) {
        super(message);
        this.askedPause = askedPause;
    }

    /** How long the server asks to be left alone, or zero. */
    Duration askedPause() {
        return askedPause;
    }
}
