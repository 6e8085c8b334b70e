package dev.demitasse.sampling;

import java.util.Arrays;

/** How often each of some tokens occurs: an open-addressing table, because a dense one would take a vocabulary each. */
final class TokenCounts {
    /** Distinct tokens in order of first occurrence, [distinct]. */
    private int[] tokens = new int[16];
    /** Occurrences of each distinct token, [distinct]. */
    private int[] counts = new int[16];
    /** Index into tokens plus 1, or 0 for a free slot; a power of two, at most half full. */
    private int[] slots = new int[32];

    private int distinct;

    void add(int token) {
        int slot = slotOf(token);
        if (slots[slot] != 0) {
            counts[slots[slot] - 1]++;
            return;
        }
        if (distinct == tokens.length) {
            grow();
            slot = slotOf(token);
        }
        tokens[distinct] = token;
        counts[distinct] = 1;
        slots[slot] = ++distinct;
    }

    void clear() {
        for (int i = 0; i < distinct; i++) {
            slots[slotOfKnown(i)] = 0;
        }
        distinct = 0;
    }

    /** Number of different tokens. */
    int distinct() {
        return distinct;
    }

    /** The token with this index, from 0 to {@code distinct - 1}. */
    int token(int index) {
        return tokens[index];
    }

    /** Occurrences of the token with this index. */
    int count(int index) {
        return counts[index];
    }

    private int slotOf(int token) {
        int slot = hash(token);
        while (slots[slot] != 0 && tokens[slots[slot] - 1] != token) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    // Others may have been freed before: search by the index itself, past free slots too.
    private int slotOfKnown(int index) {
        int slot = hash(tokens[index]);
        while (slots[slot] != index + 1) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    private int hash(int token) {
        // Fibonacci hashing spreads neighbouring ids, which are common, over the table.
        return ((token * 0x9E3779B9) >>> 7) & (slots.length - 1);
    }

    private void grow() {
        tokens = Arrays.copyOf(tokens, distinct * 2);
        counts = Arrays.copyOf(counts, distinct * 2);
        slots = new int[distinct * 4];
        for (int i = 0; i < distinct; i++) {
            int slot = hash(tokens[i]);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = i + 1;
        }
    }
}
