package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.broadcast;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Q4_0, Q4_1 and IQ4_NL in strips: an f16 scale, with Q4_1 an f16 minimum, and 4 words of nibbles a row. The low nibbles
 * are columns 0 to 15 of the block, the high ones 16 to 31.
 */
final class VectorQ4 {
    private static final long UNIT = 18L * LANES;
    private static final long UNIT_WITH_MINIMUM = 20L * LANES;
    private static final long MINIMUM = 2L * LANES;
    private static final long CODES = 2L * LANES;
    private static final long CODES_AFTER_MINIMUM = 4L * LANES;
    private static final int NIBBLES = 0x0f0f0f0f;
    private static final float BIAS = 8;

    private VectorQ4() {}

    static void gemvQ4of0(MemorySegment strips, long at, int units, float[] x, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            FloatVector low = VectorGroups.Fields.dot(strips, at + CODES, 4, 0, NIBBLES, BIAS, x, unit * 32);
            FloatVector high = VectorGroups.Fields.dot(strips, at + CODES, 4, 4, NIBBLES, BIAS, x, unit * 32 + 16);
            sum = low.add(high).fma(scale, sum);
        }
        sum.intoArray(out, outOffset);
    }

    static void unpackQ4of0(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT, line += 32 * PANEL_ROWS) {
            FloatVector scale = halves(strips, at);
            VectorGroups.Fields.unpack(strips, at + CODES, 4, 0, NIBBLES, BIAS, scale, zero(), panel, line);
            VectorGroups.Fields.unpack(
                    strips, at + CODES, 4, 4, NIBBLES, BIAS, scale, zero(), panel, line + 16 * PANEL_ROWS);
        }
    }

    /** @param sums the sum of each 16 columns of {@code x} */
    static void gemvQ4of1(
            MemorySegment strips, long at, int units, float[] x, float[] sums, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT_WITH_MINIMUM) {
            FloatVector scale = halves(strips, at);
            long codes = at + CODES_AFTER_MINIMUM;
            FloatVector low = VectorGroups.Fields.dot(strips, codes, 4, 0, NIBBLES, 0, x, unit * 32);
            FloatVector high = VectorGroups.Fields.dot(strips, codes, 4, 4, NIBBLES, 0, x, unit * 32 + 16);
            FloatVector minimum = halves(strips, at + MINIMUM);
            sum = minimum.fma(broadcast(sums[2 * unit] + sums[2 * unit + 1]), sum);
            sum = low.add(high).fma(scale, sum);
        }
        sum.intoArray(out, outOffset);
    }

    static void unpackQ4of1(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT_WITH_MINIMUM, line += 32 * PANEL_ROWS) {
            FloatVector scale = halves(strips, at);
            FloatVector minimum = halves(strips, at + MINIMUM);
            long codes = at + CODES_AFTER_MINIMUM;
            VectorGroups.Fields.unpack(strips, codes, 4, 0, NIBBLES, 0, scale, minimum, panel, line);
            VectorGroups.Fields.unpack(strips, codes, 4, 4, NIBBLES, 0, scale, minimum, panel, line + 16 * PANEL_ROWS);
        }
    }

    static void gemvIq4Nl(MemorySegment strips, long at, int units, float[] x, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            FloatVector low = VectorGroups.Levels.dot(strips, at + CODES, 4, 0, x, unit * 32);
            FloatVector high = VectorGroups.Levels.dot(strips, at + CODES, 4, 4, x, unit * 32 + 16);
            sum = low.add(high).fma(scale, sum);
        }
        sum.intoArray(out, outOffset);
    }

    static void unpackIq4Nl(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT, line += 32 * PANEL_ROWS) {
            FloatVector scale = halves(strips, at);
            VectorGroups.Levels.unpack(strips, at + CODES, 4, 0, scale, zero(), panel, line);
            VectorGroups.Levels.unpack(strips, at + CODES, 4, 4, scale, zero(), panel, line + 16 * PANEL_ROWS);
        }
    }
}
