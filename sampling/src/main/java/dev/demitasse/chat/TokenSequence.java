package dev.demitasse.chat;

import dev.demitasse.core.model.LoraAdapter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cache together with the tokens it holds, so that a prompt can be compared with it. Guarded by the
 * {@link SequencePool} it belongs to; while a job works on it, it belongs to the scheduler's thread.
 */
final class TokenSequence {
    /** Who wants it, and so whether its memory may be taken away. */
    enum Use {
        /** A session's: what is taken away is read again when the session goes on. */
        SESSION,
        /** Nobody's any more; kept while there is room, since a prompt may begin with its tokens. */
        SPARE,
        /** A raw sequence's: nothing is taken away. */
        PINNED
    }

    private final Use use;
    private final @Nullable LoraAdapter adapter;
    private Engine.Cache cache;

    /** Tokens whose keys and values are in the cache: the first {@code cache.length()} entries. */
    private int[] tokens;

    /** A job works on it. */
    boolean leased;

    boolean closed;

    TokenSequence(Use use, Engine.Cache cache, @Nullable LoraAdapter adapter) {
        this(use, cache, adapter, new int[64]);
    }

    private TokenSequence(Use use, Engine.Cache cache, @Nullable LoraAdapter adapter, int[] tokens) {
        this.use = use;
        this.adapter = adapter;
        this.cache = cache;
        this.tokens = tokens;
    }

    /** A cache that was read from a file. */
    static TokenSequence restored(Engine.Cache cache, @Nullable LoraAdapter adapter, int[] tokens) {
        return new TokenSequence(Use.SESSION, cache, adapter, tokens.clone());
    }

    /** What it is computed with besides the model's weights, or null. */
    @Nullable
    LoraAdapter adapter() {
        return adapter;
    }

    /** Whether equal tokens have equal keys and values in both. */
    boolean isComputedLike(TokenSequence other) {
        return adapter == other.adapter;
    }

    /** The tokens whose keys and values are in the cache. */
    int[] tokens() {
        return Arrays.copyOf(tokens, cache.length());
    }

    Use use() {
        return use;
    }

    Engine.Cache cache() {
        return cache;
    }

    int length() {
        return cache.length();
    }

    /** Number of leading tokens that {@code prompt} shares with this sequence. */
    int commonPrefix(int[] prompt) {
        int mismatch = Arrays.mismatch(tokens, 0, cache.length(), prompt, 0, prompt.length);
        return mismatch < 0 ? prompt.length : mismatch;
    }

    /** Whether all that {@code other} holds are the first positions of this sequence. */
    boolean startsWith(TokenSequence other) {
        return isComputedLike(other)
                && Arrays.equals(tokens, 0, Math.min(length(), other.length()), other.tokens, 0, other.length());
    }

    /** A sequence with the first tokens of this one, independent of it from now on. */
    TokenSequence fork(Use use, int length) {
        return new TokenSequence(use, cache.fork(length), adapter, Arrays.copyOf(tokens, Math.max(64, length)));
    }

    /** Becomes what {@code other} is, and gives up what it was; {@code other} is not to be used any more. */
    void become(TokenSequence other) {
        cache.close();
        cache = other.cache;
        tokens = other.tokens;
    }

    void truncate(int length) {
        if (length < cache.length()) {
            cache.truncate(length);
        }
    }

    /** Records tokens that the engine has just appended to the cache. */
    void appended(int[] source, int from, int count) {
        int length = cache.length();
        if (length > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(length, tokens.length * 2));
        }
        System.arraycopy(source, from, tokens, length - count, count);
    }
}
