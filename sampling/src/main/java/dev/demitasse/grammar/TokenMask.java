package dev.demitasse.grammar;

import java.util.Arrays;

/**
 * The tokens that may come next, and how many more the text takes at least after each. Most tokens of a place share that
 * number; the others are listed. Immutable.
 */
final class TokenMask {
    /** So many tokens are listed one by one rather than as bits. */
    private static final int FEW = 1024;

    /** A bit a token, or empty if there are few. */
    private final long[] allowed;
    /** What tokens with a bit take after them, if they are not listed. */
    private final int usualRest;

    private final int largestRest;
    /** Tokens with another rest than the usual one, all if there are few, [others]. */
    private final int[] others;
    /** What they take after them, [others]. */
    private final int[] otherRests;

    /**
     * Sorts tokens by what follows them.
     *
     * @param tokens [count]
     * @param rests at least so many tokens after each, [count]
     * @param vocabularySize larger than any token
     */
    TokenMask(int[] tokens, int[] rests, int count, int vocabularySize) {
        boolean few = count <= FEW;
        this.allowed = new long[few ? 0 : (vocabularySize + 63) >> 6];
        int largest = 0;
        for (int i = 0; i < count; i++) {
            if (!few) {
                allowed[tokens[i] >> 6] |= 1L << tokens[i];
            }
            largest = Math.max(largest, rests[i]);
        }
        this.largestRest = largest;
        this.usualRest = few ? -1 : mostFrequent(rests, count, largest);
        int[] other = new int[count];
        int[] otherRest = new int[count];
        int size = 0;
        for (int i = 0; i < count; i++) {
            if (rests[i] != usualRest) {
                other[size] = tokens[i];
                otherRest[size++] = rests[i];
            }
        }
        this.others = Arrays.copyOf(other, size);
        this.otherRests = Arrays.copyOf(otherRest, size);
    }

    private static int mostFrequent(int[] values, int count, int largest) {
        int[] frequency = new int[largest + 1];
        for (int i = 0; i < count; i++) {
            frequency[values[i]]++;
        }
        int best = 0;
        for (int value = 1; value <= largest; value++) {
            best = frequency[value] > frequency[best] ? value : best;
        }
        return best;
    }

    /** About how many bytes this takes. */
    int bytes() {
        return 8 * (allowed.length + others.length);
    }

    /**
     * Writes the set of tokens after which the text can be completed within a number of tokens.
     *
     * @param target a bit a token, none of them set
     */
    void write(int mostRest, long[] target) {
        if (usualRest <= mostRest) {
            System.arraycopy(allowed, 0, target, 0, allowed.length);
        }
        if (allowed.length > 0 && largestRest <= mostRest) {
            return;
        }
        for (int i = 0; i < others.length; i++) {
            long bit = 1L << others[i];
            int word = others[i] >> 6;
            target[word] = otherRests[i] <= mostRest ? target[word] | bit : target[word] & ~bit;
        }
    }
}
