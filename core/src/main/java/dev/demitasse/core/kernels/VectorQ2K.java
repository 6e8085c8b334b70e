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
 * Q2_K in strips: 4 words of scales and minima (nibbles), 16 words of bit pairs, f16 scales of both. See
 * {@link SuperBlockDecoder#q2} for where the values are.
 */
final class VectorQ2K {
    private static final long UNIT = 84L * LANES;
    private static final long CODES = 16L * LANES;
    private static final long SCALE = 80L * LANES;
    private static final long MINIMUM_SCALE = 82L * LANES;
    private static final int PAIRS = 0x03030303;

    private VectorQ2K() {}

    /** @param sums the sum of each 16 columns of {@code x} */
    static void gemv(MemorySegment strips, long at, int units, float[] x, float[] sums, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at + SCALE);
            FloatVector minimumScale = halves(strips, at + MINIMUM_SCALE);
            for (int group = 0; group < 16; group++) {
                IntVector packed = packedScale(strips, at, group);
                FloatVector minimum = minimumScale.mul(toFloats(bits(packed, 4, 15)));
                FloatVector dot = VectorGroups.Fields.dot(
                        strips, codes(at, group), 4, group & 6, PAIRS, 0, x, unit * 256 + group * 16);
                sum = minimum.fma(broadcast(-sums[unit * 16 + group]), sum);
                sum = dot.fma(scale.mul(toFloats(packed.and(15))), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    static void unpack(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at + SCALE);
            FloatVector minimumScale = halves(strips, at + MINIMUM_SCALE).neg();
            for (int group = 0; group < 16; group++, line += 16 * PANEL_ROWS) {
                IntVector packed = packedScale(strips, at, group);
                FloatVector groupScale = scale.mul(toFloats(packed.and(15)));
                FloatVector minimum = minimumScale.mul(toFloats(bits(packed, 4, 15)));
                VectorGroups.Fields.unpack(
                        strips, codes(at, group), 4, group & 6, PAIRS, 0, groupScale, minimum, panel, line);
            }
        }
    }

    private static IntVector packedScale(MemorySegment strips, long at, int group) {
        return words(strips, at + (group >> 2) * (4L * LANES)).lanewise(VectorOperators.LSHR, 8 * (group & 3));
    }

    private static long codes(long at, int group) {
        return at + CODES + ((group >> 3) * 32L + (group & 1) * 16L) * LANES;
    }
}
