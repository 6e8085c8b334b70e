package dev.demitasse.tokenizer;

import java.util.Arrays;

/**
 * The merges: which pairs of tokens join, in which order of preference, and into what.
 *
 * <p>One {@code long} holds a whole entry (left 22 bits, right 22 bits, rank 20 bits), so that a look-up touches one
 * cache line: this is the hottest memory of the tokenizer. Most look-ups find nothing, hence the low filling.
 */
final class MergeTable {
    /** The rank of pairs that do not merge: above all others. */
    static final int NO_RANK = Integer.MAX_VALUE;

    static final int MAX_TOKENS = 1 << 22;
    static final int MAX_MERGES = (1 << 20) - 1;

    private static final int RANK_BITS = 20;
    private static final int RANK_MASK = (1 << RANK_BITS) - 1;
    private static final int ID_BITS = 22;
    /** No entry equals this: ranks stay below the largest 20-bit number. */
    private static final long FREE = -1L;

    private final long[] slots;
    private final int shift;
    /** The token that the merge of each rank makes. */
    private final int[] results;

    /** Makes an empty table for merges of the ranks 0 to {@code merges - 1}. */
    MergeTable(int merges) {
        int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(merges));
        this.slots = new long[1 << bits];
        Arrays.fill(slots, FREE);
        this.shift = Long.SIZE - bits;
        this.results = new int[merges];
    }

    /** Enters a merge; returns false, changing nothing, when the pair is there already. */
    boolean put(int left, int right, int rank, int result) {
        long pair = pair(left, right);
        int slot = slotOf(pair);
        if (slots[slot] != FREE) {
            return false;
        }
        slots[slot] = (pair << RANK_BITS) | rank;
        results[rank] = result;
        return true;
    }

    /** Returns the rank at which two neighbours merge (lower goes first), or {@link #NO_RANK}. */
    int rank(int left, int right) {
        long entry = slots[slotOf(pair(left, right))];
        return entry == FREE ? NO_RANK : (int) entry & RANK_MASK;
    }

    /** Returns the token that the merge of a rank makes. */
    int result(int rank) {
        return results[rank];
    }

    /** Hands over all merges, in no particular order. */
    void forEach(Visitor visitor) {
        for (long entry : slots) {
            if (entry != FREE) {
                int left = (int) (entry >>> (ID_BITS + RANK_BITS));
                int right = (int) (entry >>> RANK_BITS) & (MAX_TOKENS - 1);
                visitor.visit(left, right, (int) entry & RANK_MASK);
            }
        }
    }

    /** Takes a merge. */
    interface Visitor {
        void visit(int left, int right, int rank);
    }

    int size() {
        return results.length;
    }

    private static long pair(int left, int right) {
        return ((long) left << ID_BITS) | right;
    }

    private int slotOf(long pair) {
        int mask = slots.length - 1;
        int slot = (int) ((pair * 0x9E3779B97F4A7C15L) >>> shift);
        while (slots[slot] != FREE && slots[slot] >>> RANK_BITS != pair) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
