package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one forward pass: each a token at the next position of a KV cache. Many rows of one cache are a prefill,
 * one row is a decode step, rows of several caches are continuous batching; they may be mixed.
 *
 * <p>Made by {@link Decoder#newBatch} with all the scratch memory that a pass over its rows needs, to be used again and
 * again: {@code clear}, {@code add} ..., {@link Decoder#forward}, {@code readLogits}. For one thread at a time.
 */
public final class Batch {
    private static final int NO_LOGITS = -1;

    /** The longest array that every JVM makes. */
    static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final int vocabularySize;
    private final int contextSize;
    private final Activations activations;
    private final RmsNorm rmsNorm;
    private final Attention attention;
    private final FeedForward feedForward;
    private final Tiles tiles;
    private final AdaptedRows adapted;
    private final int[] tokens; // [rows]
    private final int[] positions; // [rows]
    private final @Nullable KvCache[] caches; // [rows]
    private final int[] logitsRows; // [rows]: row of the logits, or NO_LOGITS
    private final KvCache[] sequences; // the distinct caches, in order of their rows
    private final int[] sequenceStarts; // first row of each sequence, and the end
    private int sequenceCount;
    private int size;
    private int logitsCount;
    private float[] logits = {}; // [rows that want them, vocabulary]
    private boolean computed;

    Batch(DecoderConfig config, Kernels kernels, Workers workers, RotaryTable rotary, int contextSize, int capacity) {
        vocabularySize = config.vocabularySize();
        this.contextSize = contextSize;
        activations = new Activations(config, capacity);
        tiles = new Tiles(capacity);
        tokens = new int[capacity];
        positions = new int[capacity];
        caches = new @Nullable KvCache[capacity];
        logitsRows = new int[capacity];
        sequences = new KvCache[capacity];
        sequenceStarts = new int[capacity + 1];
        adapted = new AdaptedRows(this, kernels, workers);
        rmsNorm = new RmsNorm(config, kernels, workers, activations);
        attention = new Attention(config, kernels, workers, rotary, this);
        feedForward = new FeedForward(config, kernels, workers, activations, adapted);
    }

    /** Removes all rows. */
    public void clear() {
        Arrays.fill(caches, 0, size, null);
        size = 0;
        sequenceCount = 0;
        logitsCount = 0;
        computed = false;
    }

    /**
     * Adds a token at the next position of a sequence. The rows of one cache must follow each other.
     *
     * @param token id in the vocabulary
     * @param cache the sequence's past; it grows by this position when the forward pass succeeds
     * @param wantsLogits whether {@link #readLogits} will be asked about this row
     * @return the row's number
     * @throws IllegalArgumentException if the token or the position does not exist, if the cache has rows already that
     *     others follow, or if the logits of so many rows fit no array
     * @throws IllegalStateException if the batch is full
     */
    public int add(int token, KvCache cache, boolean wantsLogits) {
        if (size == tokens.length) {
            throw new IllegalStateException("the batch is full: it holds " + size + " rows");
        }
        if (token < 0 || token >= vocabularySize) {
            throw new IllegalArgumentException("token " + token + " is not in the vocabulary of " + vocabularySize);
        }
        if (wantsLogits && (logitsCount + 1L) * vocabularySize > LONGEST_ARRAY) {
            throw new IllegalArgumentException("logits for " + (logitsCount + 1) + " rows of " + vocabularySize
                    + " do not fit an array: at most " + LONGEST_ARRAY / vocabularySize
                    + " rows of a batch may want them");
        }
        int position = size > 0 && caches[size - 1] == cache ? positions[size - 1] + 1 : cache.length();
        int limit = Math.min(cache.capacity(), contextSize);
        if (position >= limit) {
            throw new IllegalArgumentException("no room for position " + position + ": the cache holds "
                    + cache.capacity() + " positions, the context " + contextSize);
        }
        if (size == 0 || caches[size - 1] != cache) {
            startSequence(cache);
        }
        tokens[size] = token;
        positions[size] = position;
        caches[size] = cache;
        logitsRows[size] = wantsLogits ? logitsCount++ : NO_LOGITS;
        computed = false;
        sequenceStarts[sequenceCount] = size + 1;
        return size++;
    }

    private void startSequence(KvCache cache) {
        for (int i = 0; i < sequenceCount; i++) {
            if (sequences[i] == cache) {
                throw new IllegalArgumentException("the rows of a cache must follow each other: row " + size
                        + " continues the sequence of row " + sequenceStarts[i]);
            }
        }
        sequences[sequenceCount] = cache;
        sequenceStarts[sequenceCount] = size;
        sequenceCount++;
    }

    /** Rows added. */
    public int size() {
        return size;
    }

    /** Rows there is room for. */
    public int capacity() {
        return tokens.length;
    }

    /**
     * Copies the logits of a row.
     *
     * @param row as {@link #add} numbered it, added with {@code wantsLogits}
     * @param out {@code [vocabulary]}, overwritten
     */
    public void readLogits(int row, float[] out) {
        if (!computed) {
            throw new IllegalStateException("no forward pass has succeeded since the last row was added");
        }
        if (row < 0 || row >= size || logitsRows[row] == NO_LOGITS) {
            throw new IllegalArgumentException("row " + row + " of " + size + " did not ask for logits");
        }
        if (out.length < vocabularySize) {
            throw new IllegalArgumentException(
                    "room for " + out.length + " logits, the vocabulary has " + vocabularySize);
        }
        System.arraycopy(logits, logitsRows[row] * vocabularySize, out, 0, vocabularySize);
    }

    /** Reserves memory for all rows in all caches; none has changed if that fails. */
    void begin() {
        if (size == 0) {
            throw new IllegalStateException("the batch is empty");
        }
        for (int i = 0; i < sequenceCount; i++) {
            if (sequences[i].length() != positions[sequenceStarts[i]]) {
                throw new IllegalStateException("row " + sequenceStarts[i] + " is for position "
                        + positions[sequenceStarts[i]] + " of a cache that now holds " + sequences[i].length()
                        + "; clear the batch after a forward pass");
            }
        }
        logits = logits.length >= logitsCount * vocabularySize ? logits : new float[logitsCount * vocabularySize];
        tiles.cut(this);
        adapted.group();
        int reserved = 0;
        try {
            for (; reserved < sequenceCount; reserved++) {
                sequences[reserved].reserve(sequenceStarts[reserved + 1] - sequenceStarts[reserved]);
            }
        } finally {
            if (reserved < sequenceCount) {
                rollback();
            }
        }
    }

    void commit() {
        for (int i = 0; i < sequenceCount; i++) {
            sequences[i].commit(sequenceStarts[i + 1] - sequenceStarts[i]);
        }
        computed = true;
    }

    void rollback() {
        for (int i = 0; i < sequenceCount; i++) {
            sequences[i].rollback();
        }
    }

    Activations activations() {
        return activations;
    }

    RmsNorm rmsNorm() {
        return rmsNorm;
    }

    Attention attention() {
        return attention;
    }

    FeedForward feedForward() {
        return feedForward;
    }

    AdaptedRows adapted() {
        return adapted;
    }

    Tiles tiles() {
        return tiles;
    }

    int token(int row) {
        return tokens[row];
    }

    int position(int row) {
        return positions[row];
    }

    KvCache cache(int row) {
        KvCache cache = caches[row];
        if (cache == null) {
            throw new IndexOutOfBoundsException(row);
        }
        return cache;
    }

    /** @throws IllegalStateException if there is nothing computed to read of this row */
    void requireComputed(int row) {
        if (!computed || row < 0 || row >= size) {
            throw new IllegalStateException("row " + row + " of " + size + " has not been computed");
        }
    }

    boolean wantsLogits(int row) {
        return logitsRows[row] != NO_LOGITS;
    }

    int logitsCount() {
        return logitsCount;
    }

    float[] logits() {
        return logits;
    }
}
