package dev.demitasse.sampling;

import java.util.Arrays;

/**
 * Finds how far down a ranking one has to go to collect a share of its mass, without sorting it: a histogram over the
 * keys tells in which bin the border lies, and only that bin is sorted. Linear in the number of entries.
 */
final class MassCut {
    private static final int BINS = 1024;
    private static final int SORTED_OUTRIGHT = 256;
    // Keys are distances in logits: what lies further down weighs less than float rounding of the sum.
    private static final float FARTHEST = 64;

    private final double[] massOfBin = new double[BINS];
    /** Rank keys, ascending from the best, at least 0, [entries]. */
    private float[] keys = {};
    /** Mass of each entry, [entries]. */
    private float[] weights = {};
    /** Entries to be sorted: key bits above, index below, [entries]. */
    private long[] ranks = {};

    private float widest;

    /** Sets an entry; entries are set from 0 upwards. */
    void set(int index, float key, float weight) {
        if (index == 0) {
            widest = 0;
        }
        if (index == keys.length) {
            keys = Arrays.copyOf(keys, Math.max(64, index * 2));
            weights = Arrays.copyOf(weights, keys.length);
        }
        keys[index] = key;
        weights[index] = weight;
        widest = Math.max(widest, key);
    }

    /**
     * The rank of the last entry needed to bring the mass to {@code share} of all; entries of equal keys rank by index.
     *
     * @param size entries that were set, at least 1
     */
    long find(int size, float share) {
        double total = 0;
        for (int i = 0; i < size; i++) {
            total += weights[i];
        }
        double target = total * share;
        return size <= SORTED_OUTRIGHT ? findSorted(target, size) : findByHistogram(target, size);
    }

    /** The same rank, but with all entries whose key equals that of the border. */
    static long withTies(long rank) {
        return rank | 0xFFFFFFFFL;
    }

    /** Rank of an entry; smaller is better. */
    long rank(int index) {
        // keys are not negative, so that their bits order as they do; adding 0 turns -0 into 0
        return ((long) Float.floatToRawIntBits(keys[index] + 0f) << 32) | index;
    }

    private long findSorted(double target, int size) {
        reserveRanks(size);
        for (int i = 0; i < size; i++) {
            ranks[i] = rank(i);
        }
        return walk(size, 0, target);
    }

    private long findByHistogram(double target, int size) {
        float binsPerUnit = BINS / Math.clamp(widest, Float.MIN_NORMAL * BINS, FARTHEST);
        Arrays.fill(massOfBin, 0);
        for (int i = 0; i < size; i++) {
            massOfBin[bin(i, binsPerUnit)] += weights[i];
        }
        int border = 0;
        double above = 0;
        while (border < BINS - 1 && above + massOfBin[border] < target) {
            above += massOfBin[border++];
        }
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (bin(i, binsPerUnit) == border) {
                reserveRanks(count + 1);
                ranks[count++] = rank(i);
            }
        }
        // Rounding may have carried the border past the last entry: then everything is kept.
        return count == 0 ? Long.MAX_VALUE : walk(count, above, target);
    }

    private int bin(int index, float binsPerUnit) {
        return Math.min(BINS - 1, (int) (keys[index] * binsPerUnit));
    }

    private long walk(int count, double above, double target) {
        Arrays.sort(ranks, 0, count);
        double mass = above;
        int last = 0;
        for (int i = 0; i < count && (i == 0 || mass < target); i++) {
            mass += weights[(int) ranks[i]];
            last = i;
        }
        return ranks[last];
    }

    private void reserveRanks(int count) {
        if (count > ranks.length) {
            ranks = Arrays.copyOf(ranks, Math.max(SORTED_OUTRIGHT, count * 2));
        }
    }
}
