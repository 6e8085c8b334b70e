package dev.demitasse.core.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Encodes super-blocks of 256 values as ggml's reference quantisers do without an importance matrix, to the bit. See
 * {@link BlockEncoder}.
 *
 * <p>Each group of values gets the scale (and minimum) with the least weighted square error among a fixed list of
 * candidates; then the groups' scales are rounded to integers of a common f16 scale, and the values are coded with the
 * rounded ones.
 */
final class SuperBlockEncoder {
    private static final int SIZE = 256;
    private static final int LONG_GROUP = 32;
    private static final int LONG_GROUPS = SIZE / LONG_GROUP;
    private static final int SHORT_GROUP = 16;
    private static final int SHORT_GROUPS = SIZE / SHORT_GROUP;

    /** Below this, ggml takes a group for zeros. */
    private static final float NOTHING = 1e-15f;

    /** Tenths that are added to the 32 levels of a six-bit code, in the order in which ggml tries them. */
    private static final int[] SHIFTS = {0, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9};

    private final int[] codes = new int[SIZE];
    private final float[] scales = new float[SHORT_GROUPS];
    private final float[] minima = new float[LONG_GROUPS];
    private final float[] weights = new float[LONG_GROUP];
    private final int[] tried = new int[LONG_GROUP];

    /** {@code block_q4_K}, laid out as {@link SuperBlockDecoder#q4} reads it. */
    void q4(float[] x, int at, MemorySegment out, long block) {
        encodeWithMinima(x, at, 15, new Candidates(-1f, 20), out, block);
        putNibbles(out, block + 16);
    }

    /** {@code block_q5_K}, laid out as {@link SuperBlockDecoder#q5} reads it. */
    void q5(float[] x, int at, MemorySegment out, long block) {
        encodeWithMinima(x, at, 31, new Candidates(-0.5f, 15), out, block);
        for (int i = 0; i < LONG_GROUP; i++) {
            int high = 0;
            for (int group = 0; group < LONG_GROUPS; group++) {
                high |= (codes[group * LONG_GROUP + i] >> 4) << group;
            }
            out.set(ValueLayout.JAVA_BYTE, block + 16 + i, (byte) high);
        }
        putNibbles(out, block + 48);
    }

    /** The low four bits of all codes: byte l of each run of 32 holds value l of two successive groups. */
    private void putNibbles(MemorySegment out, long start) {
        for (int pair = 0; pair < LONG_GROUPS / 2; pair++) {
            for (int i = 0; i < LONG_GROUP; i++) {
                int first = pair * 2 * LONG_GROUP + i;
                int nibbles = (codes[first] & 15) | (codes[first + LONG_GROUP] & 15) << 4;
                out.set(ValueLayout.JAVA_BYTE, start + (long) pair * LONG_GROUP + i, (byte) nibbles);
            }
        }
    }

    /**
     * Which scales are tried for a group: those of {@code largestCode + first + 0.1 * step} levels over the range of its
     * values, for steps from 0 to {@code steps}.
     */
    private record Candidates(float first, int steps) {}

    /** Writes scales and minima of a block of 8 groups, and leaves the codes. */
    private void encodeWithMinima(
            float[] x, int at, int largestCode, Candidates candidates, MemorySegment out, long block) {
        float largestScale = 0;
        float largestMinimum = 0;
        for (int group = 0; group < LONG_GROUPS; group++) {
            fitWithMinimum(x, at, group, largestCode, candidates);
            largestScale = Math.max(largestScale, scales[group]);
            largestMinimum = Math.max(largestMinimum, minima[group]);
        }
        float inverseScale = largestScale > 0 ? 63f / largestScale : 0;
        float inverseMinimum = largestMinimum > 0 ? 63f / largestMinimum : 0;
        short scaleOfScales = Float.floatToFloat16(largestScale / 63f);
        short scaleOfMinima = Float.floatToFloat16(largestMinimum / 63f);
        out.set(BlockDecoder.SHORT, block, scaleOfScales);
        out.set(BlockDecoder.SHORT, block + 2, scaleOfMinima);
        out.asSlice(block + 4, 12).fill((byte) 0);
        for (int group = 0; group < LONG_GROUPS; group++) {
            int scale = Math.min(63, nearest(inverseScale * scales[group]));
            int minimum = Math.min(63, nearest(inverseMinimum * minima[group]));
            putScaleAndMinimum(out, block + 4, group, scale, minimum);
            float step = Float.float16ToFloat(scaleOfScales) * scale;
            if (step != 0) {
                float offset = Float.float16ToFloat(scaleOfMinima) * minimum;
                for (int i = group * LONG_GROUP; i < (group + 1) * LONG_GROUP; i++) {
                    codes[i] = Math.clamp(nearest((x[at + i] + offset) / step), 0, largestCode);
                }
            }
        }
    }

    /** The counterpart of {@link SuperBlockDecoder#groupScale} and {@link SuperBlockDecoder#groupMinimum}. */
    private static void putScaleAndMinimum(MemorySegment out, long scales, int group, int scale, int minimum) {
        if (group < 4) {
            or(out, scales + group, scale);
            or(out, scales + group + 4, minimum);
        } else {
            or(out, scales + group + 4, (scale & 15) | (minimum & 15) << 4);
            or(out, scales + group - 4, scale >> 4 << 6);
            or(out, scales + group, minimum >> 4 << 6);
        }
    }

    private static void or(MemorySegment out, long offset, int bits) {
        out.set(ValueLayout.JAVA_BYTE, offset, (byte) (BlockDecoder.unsignedByte(out, offset) | bits));
    }

    /** Finds scale, minimum (as what is taken off) and codes of a group; {@code make_qkx2_quants} in ggml. */
    private void fitWithMinimum(float[] x, int at, int group, int largestCode, Candidates candidates) {
        int start = at + group * LONG_GROUP;
        weigh(x, start);
        float most = x[start];
        float minimum = x[start];
        float sumWeights = weights[0];
        float sumX = sumWeights * x[start];
        for (int i = 1; i < LONG_GROUP; i++) {
            most = Math.max(most, x[start + i]);
            minimum = Math.min(minimum, x[start + i]);
            sumWeights += weights[i];
            sumX += weights[i] * x[start + i];
        }
        minimum = Math.min(minimum, 0f);
        if (most == minimum) {
            Arrays.fill(codes, group * LONG_GROUP, (group + 1) * LONG_GROUP, 0);
            scales[group] = 0;
            minima[group] = -minimum;
            return;
        }
        float levels = largestCode / (most - minimum);
        float scale = 1 / levels;
        tryLevels(x, start, levels, minimum, largestCode);
        System.arraycopy(tried, 0, codes, group * LONG_GROUP, LONG_GROUP);
        float bestError = error(x, start, scale, minimum);
        for (int step = 0; step <= candidates.steps; step++) {
            // From the best minimum so far, as in ggml: each candidate depends on those before.
            levels = (candidates.first + 0.1f * step + largestCode) / (most - minimum);
            tryLevels(x, start, levels, minimum, largestCode);
            float sumCodes = 0;
            float sumSquares = 0;
            float sumProducts = 0;
            for (int i = 0; i < LONG_GROUP; i++) {
                float weighted = weights[i] * tried[i];
                sumCodes += weighted;
                sumSquares += weighted * tried[i];
                sumProducts += weighted * x[start + i];
            }
            float determinant = sumWeights * sumSquares - sumCodes * sumCodes;
            if (determinant > 0) {
                float fittedScale = (sumWeights * sumProducts - sumX * sumCodes) / determinant;
                float fittedMinimum = (sumSquares * sumX - sumCodes * sumProducts) / determinant;
                if (fittedMinimum > 0) {
                    fittedMinimum = 0;
                    fittedScale = sumProducts / sumSquares;
                }
                float error = error(x, start, fittedScale, fittedMinimum);
                if (error < bestError) {
                    System.arraycopy(tried, 0, codes, group * LONG_GROUP, LONG_GROUP);
                    bestError = error;
                    scale = fittedScale;
                    minimum = fittedMinimum;
                }
            }
        }
        scales[group] = scale;
        minima[group] = -minimum;
    }

    /** Large values count more, but no value counts for nothing: root mean square plus magnitude. */
    private void weigh(float[] x, int start) {
        float squares = 0;
        for (int i = 0; i < LONG_GROUP; i++) {
            squares += x[start + i] * x[start + i];
        }
        float mean = (float) Math.sqrt(squares / LONG_GROUP);
        for (int i = 0; i < LONG_GROUP; i++) {
            weights[i] = mean + Math.abs(x[start + i]);
        }
    }

    private void tryLevels(float[] x, int start, float levels, float minimum, int largestCode) {
        for (int i = 0; i < LONG_GROUP; i++) {
            tried[i] = Math.clamp(nearest(levels * (x[start + i] - minimum)), 0, largestCode);
        }
    }

    /** Weighted square error of the codes that were tried. */
    private float error(float[] x, int start, float scale, float minimum) {
        float error = 0;
        for (int i = 0; i < LONG_GROUP; i++) {
            float difference = scale * tried[i] + minimum - x[start + i];
            error += weights[i] * (difference * difference);
        }
        return error;
    }

    /** {@code block_q6_K}, laid out as {@link SuperBlockDecoder#q6} reads it. */
    void q6(float[] x, int at, MemorySegment out, long block) {
        float largest = 0;
        for (int group = 0; group < SHORT_GROUPS; group++) {
            fitAroundZero(x, at, group);
            if (Math.abs(scales[group]) > Math.abs(largest)) {
                largest = scales[group];
            }
        }
        if (Math.abs(largest) < NOTHING) {
            out.asSlice(block, 210).fill((byte) 0);
            return;
        }
        float inverse = -128f / largest;
        short scaleOfScales = Float.floatToFloat16(1 / inverse);
        out.set(BlockDecoder.SHORT, block + 208, scaleOfScales);
        for (int group = 0; group < SHORT_GROUPS; group++) {
            int scale = Math.min(127, nearest(inverse * scales[group]));
            out.set(ValueLayout.JAVA_BYTE, block + 192 + group, (byte) scale);
            float step = Float.float16ToFloat(scaleOfScales) * scale;
            if (step != 0) {
                for (int i = group * SHORT_GROUP; i < (group + 1) * SHORT_GROUP; i++) {
                    codes[i] = Math.clamp(nearest(x[at + i] / step), -32, 31) + 32;
                }
            }
        }
        putSixBitCodes(out, block);
    }

    /** Finds scale and codes of a group of 16; {@code make_qx_quants} in ggml, each value weighted by its square. */
    private void fitAroundZero(float[] x, int at, int group) {
        int start = at + group * SHORT_GROUP;
        float largest = BlockEncoder.largest(x, start, SHORT_GROUP);
        if (Math.abs(largest) < NOTHING) {
            Arrays.fill(codes, group * SHORT_GROUP, (group + 1) * SHORT_GROUP, 0);
            scales[group] = 0;
            return;
        }
        float scale = 0;
        float best = 0;
        for (int shift : SHIFTS) {
            float levels = -(32 + 0.1f * shift) / largest;
            float products = 0;
            float squares = 0;
            for (int i = 0; i < SHORT_GROUP; i++) {
                int code = Math.clamp(nearest(levels * x[start + i]), -32, 31);
                tried[i] = code + 32;
                float weight = x[start + i] * x[start + i];
                products += weight * x[start + i] * code;
                squares += weight * code * code;
            }
            if (shift == 0 || (squares > 0 && products * products > best * squares)) {
                System.arraycopy(tried, 0, codes, group * SHORT_GROUP, SHORT_GROUP);
                scale = squares == 0 ? 0 : products / squares;
                best = scale * products;
            }
        }
        scales[group] = scale;
    }

    /** Low nibbles and high bit pairs of all codes. */
    private void putSixBitCodes(MemorySegment out, long block) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < LONG_GROUP; i++) {
                int first = half * 128 + i;
                long low = block + half * 64L + i;
                int high = 0;
                for (int quarter = 0; quarter < 4; quarter++) {
                    high |= (codes[first + quarter * LONG_GROUP] >> 4) << (2 * quarter);
                }
                out.set(ValueLayout.JAVA_BYTE, block + 128 + half * 32L + i, (byte) high);
                for (int side = 0; side < 2; side++) {
                    int nibbles = (codes[first + side * LONG_GROUP] & 15)
                            | (codes[first + (side + 2) * LONG_GROUP] & 15) << 4;
                    out.set(ValueLayout.JAVA_BYTE, low + side * 32L, (byte) nibbles);
                }
            }
        }
    }

    /** To the nearest integer, to the even one of two: the sum leaves the integer in the low bits of the fraction. */
    private static int nearest(float value) {
        return (Float.floatToRawIntBits(value + 12582912f) & 0x7fffff) - 0x400000;
    }
}
