package dev.demitasse.core.kernels;

import java.util.Arrays;

/**
 * The inner loops of {@link ScalarStrips}, over lines of {@link #LANES} floats, one for each row of a strip: written so that C2
 * makes vector instructions of them, which is four to six times as fast.
 *
 * <p>C2 does that only if it can prove that what a loop writes is not what it reads (JDK 25). It can where arrays hold
 * different types, and where places in one array are a constant distance apart. So all lines are in one array, {@code lines},
 * at fixed places, and codes come in an array of ints. Loops that read lines write one line, loops that write several read
 * none: of others C2 was seen to leave some as they are. For the same reason 16 columns are two loops of 8.
 *
 * <p>Products and sums are rounded one by one, never fused: a result does not depend on what was compiled.
 */
final class ScalarLines {
    /** Rows of a strip: enough for a loop to be worth its begin and its end, and what the rows of most matrices are multiples of. */
    static final int LANES = 128;

    /** The weights of {@link StripFormat#COLS} columns, not yet scaled. */
    private static final int PANEL = 0;

    /** The sums of products so far. */
    static final int SUMS = 16 * LANES;

    /** What the panel's columns are multiplied by. */
    private static final int SCALES = 17 * LANES;

    /** What is added to each of the panel's weights. */
    private static final int MINIMA = 18 * LANES;

    /** What the scales of a unit are multiplied by. */
    private static final int SCALE_OF_SCALES = 19 * LANES;

    /** What the minima of a unit are multiplied by. */
    private static final int SCALE_OF_MINIMA = 20 * LANES;

    /** The highest bits of the halves of five words; as far apart as the columns of their codes. */
    private static final int HIGHEST_BITS = 21 * LANES;

    private static final int LAST_COLUMN = PANEL + (StripFormat.COLS - 1) * LANES;

    /** Floats of all lines. */
    static final int SIZE = 34 * LANES;

    private ScalarLines() {}

    /** Where the panel has a column. */
    static int column(int column) {
        return PANEL + column * LANES;
    }

    /** {@code sums += scales * (columns 0 to 7) * x[i ..]}. */
    static void addFirstHalf(float[] lines, float[] x, int i) {
        float x0 = x[i];
        float x1 = x[i + 1];
        float x2 = x[i + 2];
        float x3 = x[i + 3];
        float x4 = x[i + 4];
        float x5 = x[i + 5];
        float x6 = x[i + 6];
        float x7 = x[i + 7];
        for (int r = 0; r < LANES; r++) {
            lines[SUMS + r] += (lines[PANEL + r] * x0
                            + lines[PANEL + LANES + r] * x1
                            + (lines[PANEL + 2 * LANES + r] * x2 + lines[PANEL + 3 * LANES + r] * x3)
                            + (lines[PANEL + 4 * LANES + r] * x4
                                    + lines[PANEL + 5 * LANES + r] * x5
                                    + (lines[PANEL + 6 * LANES + r] * x6 + lines[PANEL + 7 * LANES + r] * x7)))
                    * lines[SCALES + r];
        }
    }

    /** {@code sums += scales * (columns 8 to 15) * x[i ..]}. */
    static void addSecondHalf(float[] lines, float[] x, int i) {
        float x0 = x[i];
        float x1 = x[i + 1];
        float x2 = x[i + 2];
        float x3 = x[i + 3];
        float x4 = x[i + 4];
        float x5 = x[i + 5];
        float x6 = x[i + 6];
        float x7 = x[i + 7];
        for (int r = 0; r < LANES; r++) {
            lines[SUMS + r] += (lines[PANEL + 8 * LANES + r] * x0
                            + lines[PANEL + 9 * LANES + r] * x1
                            + (lines[PANEL + 10 * LANES + r] * x2 + lines[PANEL + 11 * LANES + r] * x3)
                            + (lines[PANEL + 12 * LANES + r] * x4
                                    + lines[PANEL + 13 * LANES + r] * x5
                                    + (lines[PANEL + 14 * LANES + r] * x6 + lines[PANEL + 15 * LANES + r] * x7)))
                    * lines[SCALES + r];
        }
    }

    /** {@code sums += minima * sum}: what the minima come to if the panel's activations have this sum. */
    static void addMinima(float[] lines, float sum) {
        for (int r = 0; r < LANES; r++) {
            lines[SUMS + r] += lines[MINIMA + r] * sum;
        }
    }

    /** Four columns from {@code to} on: the four bytes of words, signed. */
    static void unpackBytes(int[] words, int at, float[] lines, int to) {
        for (int r = 0; r < LANES; r++) {
            int word = words[at + r];
            lines[to + r] = (float) (word << 24 >> 24);
            lines[to + LANES + r] = (float) (word << 16 >> 24);
            lines[to + 2 * LANES + r] = (float) (word << 8 >> 24);
            lines[to + 3 * LANES + r] = (float) (word >> 24);
        }
    }

    /** Four columns: a field of each of the four bytes of words, less a bias. */
    static void unpackFields(int[] words, int at, int shift, int mask, int bias, float[] lines, int to) {
        for (int r = 0; r < LANES; r++) {
            int word = (words[at + r] >>> shift) & mask;
            lines[to + r] = (float) ((word & 0xff) - bias);
            lines[to + LANES + r] = (float) (((word >>> 8) & 0xff) - bias);
            lines[to + 2 * LANES + r] = (float) (((word >>> 16) & 0xff) - bias);
            lines[to + 3 * LANES + r] = (float) ((word >>> 24) - bias);
        }
    }

    /** Four columns: fields whose high bits are in other words, turned to the right. */
    static void unpackSplitFields(
            int[] words,
            int at,
            int shift,
            int mask,
            int highAt,
            int turn,
            int highMask,
            int bias,
            float[] lines,
            int to) {
        for (int r = 0; r < LANES; r++) {
            int high = words[highAt + r];
            int word = ((words[at + r] >>> shift) & mask) | (((high >>> turn) | (high << -turn)) & highMask);
            lines[to + r] = (float) ((word & 0xff) - bias);
            lines[to + LANES + r] = (float) (((word >>> 8) & 0xff) - bias);
            lines[to + 2 * LANES + r] = (float) (((word >>> 16) & 0xff) - bias);
            lines[to + 3 * LANES + r] = (float) ((word >>> 24) - bias);
        }
    }

    /**
     * Three columns, those of word {@code word} of five: the codes of half a word as {@link FiveBitCodes} arranges them. The half's
     * highest bit is kept for {@link #unpackLastFives}.
     */
    static void unpackFives(int[] words, int at, int shift, int bias, float[] lines, int word) {
        int to = column(FiveBitCodes.HALF_CODES * word);
        for (int r = 0; r < LANES; r++) {
            int half = words[at + r] >>> shift;
            lines[to + r] = (float) ((half & 31) - bias);
            lines[to + LANES + r] = (float) (((half >>> 5) & 31) - bias);
            lines[to + 2 * LANES + r] = (float) (((half >>> 10) & 31) - bias);
            lines[to + HIGHEST_BITS + r] = (float) ((half >>> 15) & 1);
        }
    }

    /** The column after those of five words: its codes have a bit in each of them. */
    static void unpackLastFives(int bias, float[] lines) {
        Arrays.fill(lines, LAST_COLUMN, LAST_COLUMN + LANES, -bias);
        for (int r = 0; r < LANES; r++) {
            lines[LAST_COLUMN + r] += lines[HIGHEST_BITS + r]
                    + lines[HIGHEST_BITS + 3 * LANES + r] * 2
                    + (lines[HIGHEST_BITS + 6 * LANES + r] * 4 + lines[HIGHEST_BITS + 9 * LANES + r] * 8)
                    + lines[HIGHEST_BITS + 12 * LANES + r] * 16;
        }
    }

    /** Four columns: nibbles that choose among the uneven levels of IQ4_NL. A table is no loop for vectors. */
    static void unpackLevels(int[] words, int at, int shift, float[] lines, int to) {
        for (int r = 0; r < LANES; r++) {
            int word = words[at + r] >>> shift;
            lines[to + r] = BlockDecoder.nonLinearLevel(word & 15);
            lines[to + LANES + r] = BlockDecoder.nonLinearLevel((word >>> 8) & 15);
            lines[to + 2 * LANES + r] = BlockDecoder.nonLinearLevel((word >>> 16) & 15);
            lines[to + 3 * LANES + r] = BlockDecoder.nonLinearLevel((word >>> 24) & 15);
        }
    }

    /** Two columns: the halves of words as f16. */
    static void unpackHalves(int[] words, int at, float[] lines, int to) {
        for (int r = 0; r < LANES; r++) {
            int word = words[at + r];
            lines[to + r] = Float.float16ToFloat((short) word);
            lines[to + LANES + r] = Float.float16ToFloat((short) (word >>> 16));
        }
    }

    /** Two columns: the halves of words as bf16. */
    static void unpackBrainHalves(int[] words, int at, float[] lines, int to) {
        for (int r = 0; r < LANES; r++) {
            int word = words[at + r];
            lines[to + r] = Float.intBitsToFloat(word << 16);
            lines[to + LANES + r] = Float.intBitsToFloat(word & 0xffff0000);
        }
    }

    /** One column of floats. */
    static void unpackFloats(int[] words, int at, float[] lines, int to) {
        for (int r = 0; r < LANES; r++) {
            lines[to + r] = Float.intBitsToFloat(words[at + r]);
        }
    }

    /** Sets all scales to 1, for weights that have none. */
    static void unitScales(float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[SCALES + r] = 1;
        }
    }

    /** Reads the scales: f16 numbers. */
    static void readScales(short[] halves, int at, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[SCALES + r] = Float.float16ToFloat(halves[at + r]);
        }
    }

    /** Reads the minima: f16 numbers. */
    static void readMinima(short[] halves, int at, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[MINIMA + r] = Float.float16ToFloat(halves[at + r]);
        }
    }

    /** Reads what {@link #scale} and others multiply by: f16 numbers. */
    static void readScaleOfScales(short[] halves, int at, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[SCALE_OF_SCALES + r] = Float.float16ToFloat(halves[at + r]);
        }
    }

    /** Reads what {@link #minimum} and others multiply by: f16 numbers. */
    static void readScaleOfMinima(short[] halves, int at, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[SCALE_OF_MINIMA + r] = Float.float16ToFloat(halves[at + r]);
        }
    }

    /** The scales are a field of words. */
    static void scale(int[] words, int at, int shift, int mask, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[SCALES + r] = (float) ((words[at + r] >>> shift) & mask) * lines[SCALE_OF_SCALES + r];
        }
    }

    /** The scales are a signed byte of words. */
    static void signedScale(int[] words, int at, int shift, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[SCALES + r] = (float) (words[at + r] << (24 - shift) >> 24) * lines[SCALE_OF_SCALES + r];
        }
    }

    /** The scales are a field of words and bits of others, turned to the right, above it, less a bias. */
    static void splitScale(
            int[] words, int at, int shift, int mask, int highAt, int turn, int highMask, int bias, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            int high = words[highAt + r];
            int code = ((words[at + r] >>> shift) & mask) | (((high >>> turn) | (high << -turn)) & highMask);
            lines[SCALES + r] = (float) (code - bias) * lines[SCALE_OF_SCALES + r];
        }
    }

    /** The scales are a nibble of words and two bits of 16-bit words above it, less a bias. */
    static void splitScale(
            int[] words, int at, int shift, short[] halves, int highAt, int highShift, int bias, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            int code = ((words[at + r] >>> shift) & 15) | ((halves[highAt + r] >>> highShift) & 3) << 4;
            lines[SCALES + r] = (float) (code - bias) * lines[SCALE_OF_SCALES + r];
        }
    }

    /** What is taken off the weights is a field of words. */
    static void minimum(int[] words, int at, int shift, int mask, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            lines[MINIMA + r] = (float) -((words[at + r] >>> shift) & mask) * lines[SCALE_OF_MINIMA + r];
        }
    }

    /** What is taken off the weights is a field of words and bits of others, turned to the right, above it. */
    static void splitMinimum(
            int[] words, int at, int shift, int mask, int highAt, int turn, int highMask, float[] lines) {
        for (int r = 0; r < LANES; r++) {
            int high = words[highAt + r];
            int code = ((words[at + r] >>> shift) & mask) | (((high >>> turn) | (high << -turn)) & highMask);
            lines[MINIMA + r] = (float) -code * lines[SCALE_OF_MINIMA + r];
        }
    }
}
