package dev.demitasse.core.kernels;

/**
 * Activations rounded to 8 bits: {@code code[c] * scale[c / 32]}. Codes reach from -127 to 127, and the magnitudes of the codes
 * of 16 columns add up to at most {@link #MOST_IN_GROUP}: half of what is possible, and more than most rows have. So a sum
 * of products with weights fits 16 bits; see {@link PairedRow}. Where the largest magnitude divided by 127 is no scale that
 * keeps this, a larger one is taken, for numbers of which many are large: what they lose by it others have lost already.
 *
 * <p>A scale is cut to 16 significant bits: so the product of code and scale is a float, exactly, and whoever multiplies by
 * that float multiplies by the same number as whoever sums codes first. Rounding is to the nearest code, ties to even. A
 * block that holds something not finite has a scale that is not finite.
 */
final class RoundedRow {
    /** Columns that share a scale. */
    static final int BLOCK = 32;

    /** Columns that share a limit. */
    static final int GROUP = 16;

    /** By 32, the largest magnitude of a code of a weight, it fits 16 bits. */
    static final int MOST_IN_GROUP = 1023;

    /** Added to a small number and taken off again, rounds it to an integer; in between, its lowest bits are that integer. */
    static final float ROUNDER = 0x1.8p23f;

    private static final float LARGEST_CODE = 127;

    /** Bits of a float that a scale keeps. */
    private static final int SCALE_BITS = 0xffffff00;

    /** Blocks of smaller numbers are taken for zero: the inverse of a scale must be a float. */
    private static final float LEAST_SCALE = 0x1p-120f;

    private int[] codes = {}; // [cols]
    private float[] scales = {}; // [cols / BLOCK]
    private float[] values = {}; // [cols]

    /** Makes room for so many columns. */
    void grow(int cols) {
        if (codes.length < cols) {
            codes = new int[cols];
            scales = new float[cols / BLOCK];
            values = new float[cols];
        }
    }

    /** The codes that were computed last, one a column. */
    int[] codes() {
        return codes;
    }

    /** The scales that were computed last, one a block. */
    float[] scales() {
        return scales;
    }

    /** The products of both, one a column. */
    float[] values() {
        return values;
    }

    /**
     * Rounds a row, the slow and plain way; {@link VectorRounding} is the fast one.
     *
     * @param x from {@code from}
     * @param cols a multiple of {@link #BLOCK}
     */
    void round(float[] x, int from, int cols) {
        grow(cols);
        for (int begin = 0; begin < cols; begin += BLOCK) {
            float largest = 0;
            for (int i = begin; i < begin + BLOCK; i++) {
                largest = Math.max(largest, Math.abs(x[from + i]));
            }
            float scale = scale(largest);
            int most = encode(x, from, begin, inverse(scale));
            if (most > MOST_IN_GROUP) {
                scale = largerScale(scale, most);
                encode(x, from, begin, inverse(scale));
            }
            scales[begin / BLOCK] = scale;
            for (int i = begin; i < begin + BLOCK; i++) {
                values[i] = codes[i] * scale;
            }
        }
    }

    /** Encodes a block; returns the greater sum of magnitudes of its two groups. */
    private int encode(float[] x, int from, int begin, float inverse) {
        int most = 0;
        for (int group = begin; group < begin + BLOCK; group += GROUP) {
            int sum = 0;
            for (int i = group; i < group + GROUP; i++) {
                float rounded = x[from + i] * inverse + ROUNDER;
                codes[i] = Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(ROUNDER);
                sum += Math.abs(codes[i]);
            }
            most = Math.max(most, sum);
        }
        return most;
    }

    /** The scale of a block whose numbers are at most so large. */
    static float scale(float largest) {
        float scale = cut(largest / LARGEST_CODE);
        return scale < LEAST_SCALE ? 0 : scale; // not so for NaN
    }

    /**
     * The scale of a block that has {@code most} in a group by this one. Rounding has changed the sum by no more than 8, half a
     * unit a column, and may change it as much again.
     */
    static float largerScale(float scale, int most) {
        return cut(scale * ((most + GROUP) / (float) (MOST_IN_GROUP - GROUP / 2)));
    }

    private static float cut(float scale) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(scale) & SCALE_BITS);
    }

    static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }
}
