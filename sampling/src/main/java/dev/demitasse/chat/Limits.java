package dev.demitasse.chat;

import java.time.Duration;

/**
 * How much a model takes on at once.
 *
 * @param concurrency turns that are computed together
 * @param maxWaiting turns that may wait for their beginning
 * @param maxWait how long one may
 * @param prefixCache bytes that sequences may take which no session holds; with 0 nothing is shared between sessions
 */
record Limits(int concurrency, int maxWaiting, Duration maxWait, long prefixCache) {
    static final Duration DEFAULT_MAX_WAIT = Duration.ofMinutes(5);

    /** No limits but those of the engine. */
    static final Limits NONE = new Limits(Integer.MAX_VALUE, Integer.MAX_VALUE, DEFAULT_MAX_WAIT, Long.MAX_VALUE);
}
