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

    private int size;

    /** Ranks candidates by likelihood: the key is how far a logit lies below the best, the mass its softmax weight. */
    void rankByLikelihood(float[] logits, int size, float best) {
        reserve(size);
        this.size = size;
        distances(logits, size, best, keys, weights);
    }

    /** Ranks the same candidates by how far their surprisal lies from the mean, which is the entropy. */
    void rankByTypicality() {
        // surprisal - entropy = (distance + log total) - (mean distance + log total)
        distancesFrom(meanKey(keys, weights, size), keys, size);
    }

    /**
     * The rank of the last entry needed to bring the mass to {@code share} of all, at least one; entries of equal keys
     * rank by index.
     */
    long find(float share) {
        double target = sum(weights, size) * share;
        return size <= SORTED_OUTRIGHT ? findSorted(target) : findByHistogram(target);
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

    // Loops over a whole vocabulary are static and over local variables, as those of Selection.

    private static void distances(float[] logits, int size, float best, float[] keys, float[] weights) {
        for (int i = 0; i < size; i++) {
            float distance = best - logits[i];
            keys[i] = distance;
            weights[i] = (float) Math.exp(-distance);
        }
    }

    private static void distancesFrom(float centre, float[] keys, int size) {
        for (int i = 0; i < size; i++) {
            keys[i] = Math.abs(keys[i] - centre);
        }
    }

    private static float meanKey(float[] keys, float[] weights, int size) {
        double weighted = 0;
        for (int i = 0; i < size; i++) {
            // an excluded token adds nothing: 0 * infinity would not be a number
            weighted += weights[i] > 0 ? (double) weights[i] * keys[i] : 0;
        }
        return (float) (weighted / sum(weights, size));
    }

    private static double sum(float[] weights, int size) {
        double total = 0;
        for (int i = 0; i < size; i++) {
            total += weights[i];
        }
        return total;
    }

    private long findSorted(double target) {
        reserveRanks(size);
        for (int i = 0; i < size; i++) {
            ranks[i] = rank(i);
        }
        return walk(size, 0, target);
    }

    private long findByHistogram(double target) {
        float widest = Selection.max(keys, size);
        float binsPerUnit = BINS / Math.clamp(widest, Float.MIN_NORMAL * BINS, FARTHEST);
        Arrays.fill(massOfBin, 0);
        fillBins(keys, weights, size, binsPerUnit, massOfBin);
        int border = 0;
        double above = 0;
        while (border < BINS - 1 && above + massOfBin[border] < target) {
            above += massOfBin[border++];
        }
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (bin(keys[i], binsPerUnit) == border) {
                reserveRanks(count + 1);
                ranks[count++] = rank(i);
            }
        }
        // Rounding may have carried the border past the last entry: then everything is kept.
        return count == 0 ? Long.MAX_VALUE : walk(count, above, target);
    }

    private static void fillBins(float[] keys, float[] weights, int size, float binsPerUnit, double[] massOfBin) {
        for (int i = 0; i < size; i++) {
            massOfBin[bin(keys[i], binsPerUnit)] += weights[i];
        }
    }

    private static int bin(float key, float binsPerUnit) {
        return Math.min(BINS - 1, (int) (key * binsPerUnit));
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

    private void reserve(int count) {
        if (count > keys.length) {
            // some room, so that a number of candidates that varies does not allocate again and again
            keys = new float[Math.max(64, count + count / 8)];
            weights = new float[keys.length];
        }
    }

    private void reserveRanks(int count) {
        if (count > ranks.length) {
            ranks = Arrays.copyOf(ranks, Math.max(SORTED_OUTRIGHT, count * 2));
        }
    }
}
