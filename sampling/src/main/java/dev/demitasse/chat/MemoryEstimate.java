package dev.demitasse.chat;

import java.util.Locale;

/**
 * How much memory a model takes: {@link LanguageModel#estimate}. Of the model itself; the JVM, its heap for the vocabulary
 * and the application come on top. Immutable.
 */
public final class MemoryEstimate {
    private final long weights;
    private final long kvPerToken;
    private final int contextSize;
    private final long scratch;
    private final long perRunningTurn;

    MemoryEstimate(long weights, long kvPerToken, int contextSize, long scratch, long perRunningTurn) {
        this.weights = weights;
        this.kvPerToken = kvPerToken;
        this.contextSize = contextSize;
        this.scratch = scratch;
        this.perRunningTurn = perRunningTurn;
    }

    /**
     * Bytes of the weights: outside the heap with vector kernels, which repack them; with scalar kernels they stay in the
     * mapped file, which the system keeps as long as it has room.
     */
    public long weights() {
        return weights;
    }

    /** Bytes that the keys and values of one token take, outside the heap. */
    public long kvPerToken() {
        return kvPerToken;
    }

    /** Bytes that the keys and values of one whole conversation take: of {@code contextSize} tokens. */
    public long conversation() {
        return kvPerToken * contextSize;
    }

    /** Bytes of scratch memory in the heap. */
    public long scratch() {
        return scratch;
    }

    /**
     * Bytes of all of it.
     *
     * @param conversations whole conversations that are kept in memory and run at the same time
     */
    public long total(int conversations) {
        return weights + scratch + conversations * (conversation() + perRunningTurn);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "weights %.0f MB, keys and values %.1f KB a token and %.0f MB a conversation of %d tokens, scratch"
                        + " %.0f MB",
                weights / 1e6,
                kvPerToken / 1024.0,
                conversation() / 1e6,
                contextSize,
                scratch / 1e6);
    }
}
