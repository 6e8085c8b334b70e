package dev.demitasse.chat;

import java.util.Arrays;

/**
 * A cache together with the tokens it holds, so that a prompt can be compared with it. Not thread-safe: it belongs to the
 * session while that is idle and to the scheduler while a job runs.
 */
final class TokenSequence implements AutoCloseable {
    private final Engine.Cache cache;

    /** Tokens whose keys and values are in the cache: the first {@code cache.length()} entries. */
    private int[] tokens = new int[64];

    TokenSequence(Engine.Cache cache) {
        this.cache = cache;
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

    /**
     * Forgets what the prompt does not share.
     *
     * @return how many leading tokens of the prompt need no work; the last one always does, for its logits are wanted
     */
    int keepPrefixOf(int[] prompt) {
        int kept = Math.min(commonPrefix(prompt), prompt.length - 1);
        if (kept < cache.length()) {
            cache.truncate(kept);
        }
        return kept;
    }

    /** A sequence with the same tokens, independent of this one from now on. */
    TokenSequence fork() {
        TokenSequence fork = new TokenSequence(cache.fork());
        fork.tokens = tokens.clone();
        return fork;
    }

    void truncate(int length) {
        cache.truncate(length);
    }

    /** Records tokens that the engine has just appended to the cache. */
    void appended(int[] source, int from, int count) {
        int length = cache.length();
        if (length > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(length, tokens.length * 2));
        }
        System.arraycopy(source, from, tokens, length - count, count);
    }

    @Override
    public void close() {
        cache.close();
    }
}
