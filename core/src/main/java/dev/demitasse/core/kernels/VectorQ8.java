package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Q8_0 in strips: an f16 scale and 8 words of signed bytes a row. */
final class VectorQ8 {
    private static final long UNIT = 34L * LANES;
    private static final long CODES = 2L * LANES;

    private VectorQ8() {}

    static void gemv(MemorySegment strips, long at, int units, float[] x, float[] out, int outOffset) {
        FloatVector sum = zero();
        for (int unit = 0; unit < units; unit++, at += UNIT) {
            FloatVector scale = halves(strips, at);
            sum = VectorGroups.Bytes.dot(strips, at + CODES, 8, x, unit * 32).fma(scale, sum);
        }
        sum.intoArray(out, outOffset);
    }

    static void unpack(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int unit = 0; unit < units; unit++, at += UNIT, line += 32 * PANEL_ROWS) {
            VectorGroups.Bytes.unpack(strips, at + CODES, 8, halves(strips, at), zero(), panel, line);
        }
    }
}
