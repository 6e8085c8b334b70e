package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.bits;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.toFloats;
import static dev.demitasse.core.kernels.VectorLanes.words;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q3_K in strips: 8 words of high bits, 16 words of bit pairs, 3 words of 6-bit scales, an f16 scale of the scales. See
 * {@link SuperBlockDecoder#q3} for where the values are.
 */
final class VectorQ3K {
    private static final long UNIT = 110L * LANES;
    private static final long CODES = 32L * LANES;
    private static final long SCALES = 96L * LANES;
    private static final long SCALE = 108L * LANES;
    private static final int PAIRS = 0x03030303;
    private static final int HIGH_BITS = 0x01010101;
    private static final float BIAS = 4;

    private VectorQ3K() {}

    static void gemv(MemorySegment strips, long at, int units, float[] x, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at + SCALE);
            for (int group = 0; group < 16; group++) {
                FloatVector groupScale = scale.mul(groupScale(strips, at + SCALES, group));
                FloatVector dot = VectorGroups.FieldsAndHighFields.dot(
                        strips,
                        codes(at, group),
                        4,
                        group & 6,
                        PAIRS,
                        highBits(at, group),
                        group >> 1,
                        HIGH_BITS,
                        2,
                        BIAS,
                        x,
                        unit * 256 + group * 16);
                sum = dot.fma(groupScale, sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    static void unpack(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at + SCALE);
            for (int group = 0; group < 16; group++, line += 16 * PANEL_ROWS) {
                FloatVector groupScale = scale.mul(groupScale(strips, at + SCALES, group));
                VectorGroups.FieldsAndHighFields.unpack(
                        strips,
                        codes(at, group),
                        4,
                        group & 6,
                        PAIRS,
                        highBits(at, group),
                        group >> 1,
                        HIGH_BITS,
                        2,
                        BIAS,
                        groupScale,
                        zero(),
                        panel,
                        line);
            }
        }
    }

    /** As {@link SuperBlockDecoder#q3GroupScale}, less 32. */
    private static FloatVector groupScale(MemorySegment strips, long scales, int group) {
        IntVector lowBits = words(strips, scales + ((group >> 2) & 1) * (4L * LANES));
        IntVector highBits = words(strips, scales + 8L * LANES);
        IntVector low = bits(lowBits, 8 * (group & 3) + 4 * (group >> 3), 15);
        IntVector high = bits(highBits, 8 * (group & 3) + 2 * (group >> 2), 3);
        return toFloats(low.or(high.lanewise(VectorOperators.LSHL, 4)).sub(32));
    }

    private static long codes(long at, int group) {
        return at + CODES + ((group >> 3) * 32L + (group & 1) * 16L) * LANES;
    }

    private static long highBits(long at, int group) {
        return at + (group & 1) * (16L * LANES);
    }
}
