package dev.demitasse.chat;

import java.time.Duration;

/** How long a reply took. Rates are 0 where there was nothing to measure. */
public final class Timings {
    private static final double NANOS = 1e9;

    private final long prefillTokens;
    private final long prefillNanos;
    private final long decodedTokens;
    private final long decodeNanos;
    private final long firstTokenNanos;
    private final long proposedTokens;
    private final long acceptedTokens;

    /** Of a reply without tokens. */
    static final Timings NONE = new Timings(0, 0, 0, 0, 0, 0, 0);

    /**
     * @param prefillTokens tokens that were prefilled, in {@code prefillNanos}
     * @param decodedTokens tokens after the first, in {@code decodeNanos}
     * @param firstTokenNanos from the start of the turn to the first token, waiting included
     * @param proposedTokens tokens that were guessed; of these {@code acceptedTokens} are in the reply
     */
    Timings(
            long prefillTokens,
            long prefillNanos,
            long decodedTokens,
            long decodeNanos,
            long firstTokenNanos,
            long proposedTokens,
            long acceptedTokens) {
        this.prefillTokens = prefillTokens;
        this.prefillNanos = prefillNanos;
        this.decodedTokens = decodedTokens;
        this.decodeNanos = decodeNanos;
        this.firstTokenNanos = firstTokenNanos;
        this.proposedTokens = proposedTokens;
        this.acceptedTokens = acceptedTokens;
    }

    /** With what came after it; the first token stays the first. */
    Timings plus(Timings more) {
        return new Timings(
                prefillTokens + more.prefillTokens,
                prefillNanos + more.prefillNanos,
                decodedTokens + more.decodedTokens,
                decodeNanos + more.decodeNanos,
                firstTokenNanos,
                proposedTokens + more.proposedTokens,
                acceptedTokens + more.acceptedTokens);
    }

    /** From the start of the turn to its first token, waiting included; zero if there was none. */
    public Duration firstToken() {
        return Duration.ofNanos(firstTokenNanos);
    }

    /** Prompt tokens a second, of those that were not cached. */
    public double prefillTokensPerSecond() {
        return prefillNanos == 0 ? 0 : prefillTokens * NANOS / prefillNanos;
    }

    /** Generated tokens a second, from the first to the last. */
    public double decodeTokensPerSecond() {
        return decodeNanos == 0 ? 0 : decodedTokens * NANOS / decodeNanos;
    }

    /** Tokens that were guessed and computed in advance, see {@link ChatOptions.Builder#promptLookup}. */
    public long proposedTokens() {
        return proposedTokens;
    }

    /** Tokens that were guessed right: generated tokens that cost no pass of their own. */
    public long acceptedTokens() {
        return acceptedTokens;
    }

    @Override
    public String toString() {
        return "Timings[firstToken=" + firstToken() + ", prefillTokensPerSecond=" + Math.round(prefillTokensPerSecond())
                + ", decodeTokensPerSecond=" + Math.round(decodeTokensPerSecond())
                + (proposedTokens == 0 ? "" : ", acceptedTokens=" + acceptedTokens + " of " + proposedTokens) + "]";
    }
}
