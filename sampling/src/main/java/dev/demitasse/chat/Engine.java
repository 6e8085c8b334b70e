package dev.demitasse.chat;

import dev.demitasse.core.model.LoraAdapter;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

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

    /**
     * Loads an adapter for this engine's weights, which frees it when it is closed itself. May be called by any thread.
     *
     * @param strength what all that it adds is multiplied by
     */
    LoraAdapter loadAdapter(Path path, float strength);

    /**
     * A cache without positions. May be called by any thread.
     *
     * @param adapter what its sequence is computed with besides the weights, or null
     */
    Cache newCache(@Nullable LoraAdapter adapter);

    /** Bytes that all caches may take together; {@link Long#MAX_VALUE} for no limit. */
    long kvBudget();

    /** Bytes that all caches take together; what several share counts once. May be called by any thread. */
    long kvBytes();

    /** Bytes that closing all these caches would free. What other caches hold as well does not count. */
    long bytesHeldOnlyBy(Collection<Cache> caches);

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

    /** Numbers of a hidden state. */
    int hiddenSize();

    /**
     * Hidden state of a token of the last {@link #forward}, after the final norm.
     *
     * @param row counts the tokens that wanted anything, in the order of the spans; this one wanted its hidden state
     * @return {@code [hiddenSize]}, the caller's to change until the next call of any method
     */
    float[] hidden(int row);

    /** A text that tells models apart by which a saved cache could be taken for another model's. */
    String fingerprint();

    /** Bytes that a cache of so many positions is written as. */
    long writtenBytes(int length);

    /**
     * Reads what {@link Cache#write} wrote. May be called by any thread.
     *
     * @param length positions that the cache held, at most {@link #contextSize()}
     * @param adapter what it was computed with besides the weights, or null
     */
    Cache readCache(ReadableByteChannel in, int length, @Nullable LoraAdapter adapter) throws IOException;

    /** Frees the weights. Nothing may run. */
    @Override
    void close();

    /** Keys and values of one sequence. Not thread-safe. */
    interface Cache extends AutoCloseable {
        /** Positions held. */
        int length();

        /** Forgets all positions from {@code length} on. */
        void truncate(int length);

        /** A cache with the first {@code length} positions of this one, independent of it from now on. */
        Cache fork(int length);

        /** At most so many bytes are taken until this cache holds {@code length} positions; 0 if it does. */
        long bytesToGrow(int length);

        /** How many of the first {@code length} positions are as exact as if they had been computed just now. */
        int exactLength(int length);

        /**
         * How many positions can be appended after the first {@code length} and taken back by {@link #truncate}, with
         * nothing different afterwards. 0 if this engine should not be given tokens that nobody has chosen yet.
         *
         * @param length at least {@link #length()}
         */
        int revocable(int length);

        /** Truncating this cache to no less than this length frees every byte it gives up: no other cache holds it. */
        int sharedLength();

        /** Writes keys and values; the caller sees to it that they do not change meanwhile. */
        void write(WritableByteChannel out) throws IOException;

        /** Frees the memory. Idempotent. */
        @Override
        void close();
    }

    /**
     * Tokens to append to one sequence.
     *
     * @param tokens read from {@code from} to {@code from + count - 1}; not changed during the pass
     * @param logits what is wanted of them
     */
    record Span(Cache cache, int[] tokens, int from, int count, Logits logits) {}

    /** Which tokens of a span want logits, or something else. */
    enum Logits {
        NONE,
        LAST,
        ALL,
        /** No logits: the hidden states of all tokens. */
        HIDDEN
    }
}
