package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.bits;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.shorts;
import static dev.demitasse.core.kernels.VectorLanes.toFloats;
import static dev.demitasse.core.kernels.VectorLanes.words;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * IQ4_XS in strips: an f16 scale of the scales, 16 high bit pairs and a word of low nibbles of the 8 group scales, then
 * 4 words of nibbles a group, arranged as in IQ4_NL.
 */
final class VectorIq4Xs {
    private static final long UNIT = 136L * LANES;
    private static final long CODES = 8L * LANES;

    private VectorIq4Xs() {}

    static void gemv(MemorySegment strips, long at, int units, float[] x, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            for (int group = 0; group < 8; group++) {
                long codes = at + CODES + group * (16L * LANES);
                int k = unit * 256 + group * 32;
                FloatVector low = VectorGroups.Levels.dot(strips, codes, 4, 0, x, k);
                FloatVector high = VectorGroups.Levels.dot(strips, codes, 4, 4, x, k + 16);
                sum = low.add(high).fma(scale.mul(groupScale(strips, at, group)), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    static void unpack(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            for (int group = 0; group < 8; group++, line += 32 * PANEL_ROWS) {
                long codes = at + CODES + group * (16L * LANES);
                FloatVector groupScale = scale.mul(groupScale(strips, at, group));
                VectorGroups.Levels.unpack(strips, codes, 4, 0, groupScale, zero(), panel, line);
                VectorGroups.Levels.unpack(strips, codes, 4, 4, groupScale, zero(), panel, line + 16 * PANEL_ROWS);
            }
        }
    }

    /** As {@link SuperBlockDecoder#iq4xsGroupScale}, less 32. */
    private static FloatVector groupScale(MemorySegment strips, long at, int group) {
        IntVector low = bits(words(strips, at + 4L * LANES), 4 * group, 15);
        IntVector high = bits(shorts(strips, at + 2L * LANES), 2 * group, 3);
        return toFloats(low.or(high.lanewise(VectorOperators.LSHL, 4)).sub(32));
    }
}
