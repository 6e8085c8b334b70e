package dev.demitasse.chat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations for comparisons with {@link System#nanoTime}. */
final class Clock {
    // A century: sums with nanoTime do not overflow.
    private static final long FOREVER = Long.MAX_VALUE / 3;

    private Clock() {}

    /** Nanoseconds, a very long time for null and for what is longer. */
    static long nanos(@Nullable Duration duration) {
        if (duration == null || duration.compareTo(Duration.ofNanos(FOREVER)) > 0) {
            return FOREVER;
        }
        return duration.toNanos();
    }
}
