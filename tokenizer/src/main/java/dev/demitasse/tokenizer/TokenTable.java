package dev.demitasse.tokenizer;

import java.util.Arrays;

/** Finds the token that consists of given bytes: open addressing over the flat token bytes, no object per token. */
final class TokenTable {
    /** No token consists of these bytes. */
    static final int NONE = -1;

    private static final int ID_MASK = MergeTable.MAX_TOKENS - 1;

    private final byte[] bytes;
    /** Token {@code id} is {@code bytes[starts[id] .. starts[id + 1])}. */
    private final int[] starts;
    /**
     * An entry holds a token id and, above it, some bits of the hash, which tell most strangers apart without a look
     * at their bytes. {@link #NONE} in free slots; a power of two long and at most half full.
     */
    private final int[] slots;

    /** Makes an empty table for up to {@code capacity} of the tokens in {@code bytes}. */
    TokenTable(byte[] bytes, int[] starts, int capacity) {
        this.bytes = bytes;
        this.starts = starts;
        this.slots = new int[Integer.highestOneBit(Math.max(capacity, 1)) << 2];
        Arrays.fill(slots, NONE);
    }

    /** Enters a token; returns {@link #NONE}, or the token that has these bytes already. */
    int put(int id) {
        int spread = spread(hash(bytes, starts[id], starts[id + 1]));
        int slot = slotOf(bytes, starts[id], starts[id + 1], spread);
        int present = slots[slot];
        if (present != NONE) {
            return present & ID_MASK;
        }
        slots[slot] = id | (spread & ~ID_MASK & Integer.MAX_VALUE);
        return NONE;
    }

    /** Returns the token with the bytes {@code key[from .. to)}, or {@link #NONE}. */
    int find(byte[] key, int from, int to) {
        return find(key, from, to, hash(key, from, to));
    }

    /** The same for a hash that the caller has made already, as {@link #hash} does. */
    int find(byte[] key, int from, int to, int hash) {
        int entry = slots[slotOf(key, from, to, spread(hash))];
        return entry == NONE ? NONE : entry & ID_MASK;
    }

    /** Whether a token has the bytes {@code key[from .. to)}. */
    boolean is(int id, byte[] key, int from, int to) {
        return Arrays.equals(bytes, starts[id], starts[id + 1], key, from, to);
    }

    private int slotOf(byte[] key, int from, int to, int spread) {
        int mask = slots.length - 1;
        int tag = spread & ~ID_MASK & Integer.MAX_VALUE;
        int slot = (spread ^ (spread >>> 15)) & mask;
        while (true) {
            int entry = slots[slot];
            if (entry == NONE) {
                return slot;
            }
            int id = entry & ID_MASK;
            if ((entry & ~ID_MASK) == tag && Arrays.equals(bytes, starts[id], starts[id + 1], key, from, to)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    static int hash(byte[] key, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + key[i];
        }
        return hash;
    }

    private static int spread(int hash) {
        return hash * 0x9E3779B9;
    }
}
