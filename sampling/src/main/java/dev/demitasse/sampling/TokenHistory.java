package dev.demitasse.sampling;

import java.util.Arrays;

/**
 * The tokens of one sequence so far, the prompt first, with counts per token that penalties read: appending is constant
 * time, and a sampling step never rescans the sequence. Not thread-safe: it belongs to one generation.
 */
public final class TokenHistory {
    private final TokenCounts counts = new TokenCounts();
    private final TokenCounts generatedCounts = new TokenCounts();
    private int[] tokens;
    private int size;
    private final int promptSize;

    /** Starts from a prompt, which is copied. */
    public TokenHistory(int[] prompt) {
        tokens = Arrays.copyOf(prompt, Math.max(16, prompt.length + prompt.length / 2));
        size = prompt.length;
        promptSize = prompt.length;
        for (int token : prompt) {
            counts.add(token);
        }
    }

    /** Appends a generated token. */
    public void append(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, size + size / 2);
        }
        tokens[size++] = token;
        counts.add(token);
        generatedCounts.add(token);
    }

    /** Tokens in all. */
    public int size() {
        return size;
    }

    /** Tokens that were there before the generation began. */
    public int promptSize() {
        return promptSize;
    }

    /** The token at a position, from 0 to {@code size - 1}. */
    public int token(int position) {
        if (position < 0 || position >= size) {
            throw new IndexOutOfBoundsException("position " + position + " of a history of " + size + " tokens");
        }
        return tokens[position];
    }

    /** How often each token occurs. */
    TokenCounts counts() {
        return counts;
    }

    /** How often each token was generated. */
    TokenCounts generatedCounts() {
        return generatedCounts;
    }
}
