package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.bits;
import static dev.demitasse.core.kernels.VectorLanes.broadcast;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.toFloats;
import static dev.demitasse.core.kernels.VectorLanes.words;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q4_K and Q5_K in strips: f16 scales of the scales and of the minima, 3 words of 6-bit scales and minima, with Q5_K
 * 8 words of fifth bits, 32 words of nibbles. See {@link SuperBlockDecoder#q4} for where the values are.
 */
final class VectorQ4K {
    private static final long UNIT = 144L * LANES;
    private static final long CODES = 16L * LANES;
    private static final long UNIT_OF_5 = 176L * LANES;
    private static final long FIFTH_BITS = 16L * LANES;
    private static final long CODES_OF_5 = 48L * LANES;
    private static final int NIBBLES = 0x0f0f0f0f;
    private static final int LOWEST_BITS = 0x01010101;

    private VectorQ4K() {}

    /** @param sums the sum of each 16 columns of {@code x} */
    static void gemvQ4K(MemorySegment strips, long at, int units, float[] x, float[] sums, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            FloatVector minimumScale = halves(strips, at + 2L * LANES);
            for (int group = 0; group < 8; group++) {
                FloatVector minimum = minimumScale.mul(groupMinimum(strips, at, group));
                FloatVector dot = VectorGroups.Fields.dot(
                        strips,
                        at + CODES + (group >> 1) * (32L * LANES),
                        8,
                        4 * (group & 1),
                        NIBBLES,
                        0,
                        x,
                        unit * 256 + group * 32);
                int pair = unit * 16 + group * 2;
                sum = minimum.fma(broadcast(-(sums[pair] + sums[pair + 1])), sum);
                sum = dot.fma(scale.mul(groupScale(strips, at, group)), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    static void unpackQ4K(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            FloatVector minimumScale = halves(strips, at + 2L * LANES).neg();
            for (int group = 0; group < 8; group++, line += 32 * PANEL_ROWS) {
                VectorGroups.Fields.unpack(
                        strips,
                        at + CODES + (group >> 1) * (32L * LANES),
                        8,
                        4 * (group & 1),
                        NIBBLES,
                        0,
                        scale.mul(groupScale(strips, at, group)),
                        minimumScale.mul(groupMinimum(strips, at, group)),
                        panel,
                        line);
            }
        }
    }

    /** @param sums the sum of each 16 columns of {@code x} */
    static void gemvQ5K(MemorySegment strips, long at, int units, float[] x, float[] sums, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT_OF_5) {
            FloatVector scale = halves(strips, at);
            FloatVector minimumScale = halves(strips, at + 2L * LANES);
            for (int group = 0; group < 8; group++) {
                FloatVector minimum = minimumScale.mul(groupMinimum(strips, at, group));
                FloatVector dot = VectorGroups.FieldsAndHighFields.dot(
                        strips,
                        at + CODES_OF_5 + (group >> 1) * (32L * LANES),
                        8,
                        4 * (group & 1),
                        NIBBLES,
                        at + FIFTH_BITS,
                        group,
                        LOWEST_BITS,
                        4,
                        0,
                        x,
                        unit * 256 + group * 32);
                int pair = unit * 16 + group * 2;
                sum = minimum.fma(broadcast(-(sums[pair] + sums[pair + 1])), sum);
                sum = dot.fma(scale.mul(groupScale(strips, at, group)), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    static void unpackQ5K(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT_OF_5) {
            FloatVector scale = halves(strips, at);
            FloatVector minimumScale = halves(strips, at + 2L * LANES).neg();
            for (int group = 0; group < 8; group++, line += 32 * PANEL_ROWS) {
                VectorGroups.FieldsAndHighFields.unpack(
                        strips,
                        at + CODES_OF_5 + (group >> 1) * (32L * LANES),
                        8,
                        4 * (group & 1),
                        NIBBLES,
                        at + FIFTH_BITS,
                        group,
                        LOWEST_BITS,
                        4,
                        0,
                        scale.mul(groupScale(strips, at, group)),
                        minimumScale.mul(groupMinimum(strips, at, group)),
                        panel,
                        line);
            }
        }
    }

    /** As {@link SuperBlockDecoder#groupScale}. */
    private static FloatVector groupScale(MemorySegment strips, long at, int group) {
        int shift = 8 * (group & 3);
        IntVector first = words(strips, at + 4L * LANES);
        if (group < 4) {
            return toFloats(bits(first, shift, 63));
        }
        IntVector low = bits(words(strips, at + 12L * LANES), shift, 15);
        return toFloats(low.or(bits(first, shift, 0xc0).lanewise(VectorOperators.LSHR, 2)));
    }

    /** As {@link SuperBlockDecoder#groupMinimum}. */
    private static FloatVector groupMinimum(MemorySegment strips, long at, int group) {
        int shift = 8 * (group & 3);
        IntVector second = words(strips, at + 8L * LANES);
        if (group < 4) {
            return toFloats(bits(second, shift, 63));
        }
        IntVector low = bits(words(strips, at + 12L * LANES), shift + 4, 15);
        return toFloats(low.or(bits(second, shift, 0xc0).lanewise(VectorOperators.LSHR, 2)));
    }
}
