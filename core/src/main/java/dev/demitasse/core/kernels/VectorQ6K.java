package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.signedByte;
import static dev.demitasse.core.kernels.VectorLanes.words;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Q6_K in strips: 32 words of low nibbles, 16 words of high bit pairs, 4 words of signed group scales, an f16 scale of
 * the scales. See {@link SuperBlockDecoder#q6} for where the values are.
 */
final class VectorQ6K {
    private static final long UNIT = 210L * LANES;
    private static final long HIGH_BITS = 128L * LANES;
    private static final long SCALES = 192L * LANES;
    private static final long SCALE = 208L * LANES;
    private static final int NIBBLES = 0x0f0f0f0f;
    private static final int PAIRS = 0x03030303;
    private static final float BIAS = 32;

    private VectorQ6K() {}

    static void gemv(MemorySegment strips, long at, int units, float[] x, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at + SCALE);
            for (int group = 0; group < 16; group++) {
                FloatVector groupScale = scale.mul(groupScale(strips, at, group));
                FloatVector dot = VectorGroups.FieldsAndHighFields.dot(
                        strips,
                        lowBits(at, group),
                        4,
                        ((group >> 2) & 1) * 4,
                        NIBBLES,
                        highBits(at, group),
                        group & 6,
                        PAIRS,
                        4,
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
                VectorGroups.FieldsAndHighFields.unpack(
                        strips,
                        lowBits(at, group),
                        4,
                        ((group >> 2) & 1) * 4,
                        NIBBLES,
                        highBits(at, group),
                        group & 6,
                        PAIRS,
                        4,
                        BIAS,
                        scale.mul(groupScale(strips, at, group)),
                        zero(),
                        panel,
                        line);
            }
        }
    }

    private static FloatVector groupScale(MemorySegment strips, long at, int group) {
        return signedByte(words(strips, at + SCALES + (group >> 2) * (4L * LANES)), 8 * (group & 3));
    }

    private static long lowBits(long at, int group) {
        return at + ((group >> 3) * 64L + ((group >> 1) & 1) * 32L + (group & 1) * 16L) * LANES;
    }

    private static long highBits(long at, int group) {
        return at + HIGH_BITS + ((group >> 3) * 32L + (group & 1) * 16L) * LANES;
    }
}
