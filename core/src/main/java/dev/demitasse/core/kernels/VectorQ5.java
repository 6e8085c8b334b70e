package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.broadcast;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Q5_0 and Q5_1 in strips: an f16 scale, with Q5_1 an f16 minimum, a word of fifth bits and 4 words of nibbles a row.
 * The low nibbles are columns 0 to 15 of the block, the high ones 16 to 31.
 */
final class VectorQ5 {
    private static final long UNIT = 22L * LANES;
    private static final long FIFTH_BITS = 2L * LANES;
    private static final long CODES = 6L * LANES;
    private static final long UNIT_WITH_MINIMUM = 24L * LANES;
    private static final long MINIMUM = 2L * LANES;
    private static final long FIFTH_BITS_AFTER_MINIMUM = 4L * LANES;
    private static final long CODES_AFTER_MINIMUM = 8L * LANES;
    private static final float BIAS = 16;

    private VectorQ5() {}

    static void gemvQ5of0(MemorySegment strips, long at, int units, float[] x, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            long codes = at + CODES;
            long bits = at + FIFTH_BITS;
            FloatVector low = VectorGroups.FieldsAndPlane.dot(strips, codes, 4, bits, 0, BIAS, x, unit * 32);
            FloatVector high = VectorGroups.FieldsAndPlane.dot(strips, codes, 4, bits, 4, BIAS, x, unit * 32 + 16);
            sum = low.add(high).fma(scale, sum);
        }
        sum.intoArray(out, outOffset);
    }

    static void unpackQ5of0(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT, line += 32 * PANEL_ROWS) {
            FloatVector scale = halves(strips, at);
            long codes = at + CODES;
            long bits = at + FIFTH_BITS;
            VectorGroups.FieldsAndPlane.unpack(strips, codes, 4, bits, 0, BIAS, scale, zero(), panel, line);
            VectorGroups.FieldsAndPlane.unpack(
                    strips, codes, 4, bits, 4, BIAS, scale, zero(), panel, line + 16 * PANEL_ROWS);
        }
    }

    /** @param sums the sum of each 16 columns of {@code x} */
    static void gemvQ5of1(
            MemorySegment strips, long at, int units, float[] x, float[] sums, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT_WITH_MINIMUM) {
            FloatVector scale = halves(strips, at);
            FloatVector minimum = halves(strips, at + MINIMUM);
            long codes = at + CODES_AFTER_MINIMUM;
            long bits = at + FIFTH_BITS_AFTER_MINIMUM;
            FloatVector low = VectorGroups.FieldsAndPlane.dot(strips, codes, 4, bits, 0, 0, x, unit * 32);
            FloatVector high = VectorGroups.FieldsAndPlane.dot(strips, codes, 4, bits, 4, 0, x, unit * 32 + 16);
            sum = minimum.fma(broadcast(sums[2 * unit] + sums[2 * unit + 1]), sum);
            sum = low.add(high).fma(scale, sum);
        }
        sum.intoArray(out, outOffset);
    }

    static void unpackQ5of1(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT_WITH_MINIMUM, line += 32 * PANEL_ROWS) {
            FloatVector scale = halves(strips, at);
            FloatVector minimum = halves(strips, at + MINIMUM);
            long codes = at + CODES_AFTER_MINIMUM;
            long bits = at + FIFTH_BITS_AFTER_MINIMUM;
            VectorGroups.FieldsAndPlane.unpack(strips, codes, 4, bits, 0, 0, scale, minimum, panel, line);
            VectorGroups.FieldsAndPlane.unpack(
                    strips, codes, 4, bits, 4, 0, scale, minimum, panel, line + 16 * PANEL_ROWS);
        }
    }
}
