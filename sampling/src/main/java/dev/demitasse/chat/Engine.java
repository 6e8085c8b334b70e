package dev.demitasse.chat;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The forward pass as the {@link Scheduler} sees it: token ids of several sequences in, logits out. One thread at a time
 * uses it. The seam between conversations and arithmetic: {@link DecoderEngine} is the real one, tests bring others.
 */
interface Engine extends AutoCloseable {
    /** Number of token ids. */
    int vocabularySize();

    /** Most positions a sequence may have. */
    int contextSize();

    /** Most tokens one {@link #forward} takes, all spans together. */
    int maxTokens();

    /** A cache without positions. May be called by any thread. */
    Cache newCache();

    /**
     * Appends each span's tokens to its cache and computes the logits that the spans want.
     *
     * @param spans at least one; their caches are different
     * @param stop asked between layers; true ends the pass
     * @return false if the pass was ended: the caches are as they were, and there are no logits
     */
    boolean forward(List<Span> spans, BooleanSupplier stop);

    /**
     * Logits of the last {@link #forward}.
     *
     * @param row counts the rows that wanted logits, in the order of the spans
     * @return {@code [vocabularySize]}, the caller's to change until the next call of any method
     */
    float[] logits(int row);

    /** Frees the weights. Nothing may run. */
    @Override
    void close();

    /** Keys and values of one sequence. Not thread-safe. */
    interface Cache extends AutoCloseable {
        /** Positions held. */
        int length();

        /** Forgets all positions from {@code length} on. */
        void truncate(int length);

        /** A cache with the same positions, independent of this one from now on. */
        Cache fork();

        /** Frees the memory. Idempotent. */
        @Override
        void close();
    }

    /**
     * Tokens to append to one sequence.
     *
     * @param tokens read from {@code from} to {@code from + count - 1}; not changed during the pass
     * @param logits which of them want logits
     */
    record Span(Cache cache, int[] tokens, int from, int count, Logits logits) {}

    /** Which tokens of a span want logits. */
    enum Logits {
        NONE,
        LAST,
        ALL
    }
}
