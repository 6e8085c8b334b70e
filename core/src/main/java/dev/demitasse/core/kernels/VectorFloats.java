package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.broadcast;
import static dev.demitasse.core.kernels.VectorLanes.halfToFloat;
import static dev.demitasse.core.kernels.VectorLanes.words;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * F32, F16 and BF16 in strips. A unit is one word a row: one F32 column, or two columns of 16 bits.
 *
 * <p>The loops below take four words a turn, for four independent sums; what remains goes one by one.
 */
final class VectorFloats {
    private static final long UNIT = 4L * LANES;

    private VectorFloats() {}

    static void gemvF32(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        FloatVector a = zero();
        FloatVector b = zero();
        FloatVector c = zero();
        FloatVector d = zero();
        int k = 0;
        for (; k + 3 < cols; k += 4, at += 4 * UNIT) {
            a = words(strips, at).reinterpretAsFloats().fma(broadcast(x[k]), a);
            b = words(strips, at + UNIT).reinterpretAsFloats().fma(broadcast(x[k + 1]), b);
            c = words(strips, at + 2 * UNIT).reinterpretAsFloats().fma(broadcast(x[k + 2]), c);
            d = words(strips, at + 3 * UNIT).reinterpretAsFloats().fma(broadcast(x[k + 3]), d);
        }
        for (; k < cols; k++, at += UNIT) {
            a = words(strips, at).reinterpretAsFloats().fma(broadcast(x[k]), a);
        }
        a.add(b).add(c.add(d)).intoArray(out, outOffset);
    }

    static void unpackF32(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int i = 0; i < units; i++) {
            words(strips, at + (long) i * UNIT).reinterpretAsFloats().intoArray(panel, line + i * PANEL_ROWS);
        }
    }

    static void gemvF16(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        FloatVector a = zero();
        FloatVector b = zero();
        FloatVector c = zero();
        FloatVector d = zero();
        int k = 0;
        for (; k + 3 < cols; k += 4, at += 2 * UNIT) {
            IntVector first = words(strips, at);
            IntVector second = words(strips, at + UNIT);
            a = lowerHalf(first).fma(broadcast(x[k]), a);
            b = upperHalf(first).fma(broadcast(x[k + 1]), b);
            c = lowerHalf(second).fma(broadcast(x[k + 2]), c);
            d = upperHalf(second).fma(broadcast(x[k + 3]), d);
        }
        for (; k < cols; k += 2, at += UNIT) {
            IntVector last = words(strips, at);
            a = lowerHalf(last).fma(broadcast(x[k]), a);
            if (k + 1 < cols) {
                b = upperHalf(last).fma(broadcast(x[k + 1]), b);
            }
        }
        a.add(b).add(c.add(d)).intoArray(out, outOffset);
    }

    static void unpackF16(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int i = 0; i < units; i++) {
            IntVector pair = words(strips, at + (long) i * UNIT);
            lowerHalf(pair).intoArray(panel, line + 2 * i * PANEL_ROWS);
            upperHalf(pair).intoArray(panel, line + (2 * i + 1) * PANEL_ROWS);
        }
    }

    private static FloatVector lowerHalf(IntVector pair) {
        return halfToFloat(pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
    }

    private static FloatVector upperHalf(IntVector pair) {
        return halfToFloat(pair.lanewise(VectorOperators.ASHR, 16));
    }

    static void gemvBf16(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        FloatVector a = zero();
        FloatVector b = zero();
        FloatVector c = zero();
        FloatVector d = zero();
        int k = 0;
        for (; k + 3 < cols; k += 4, at += 2 * UNIT) {
            IntVector first = words(strips, at);
            IntVector second = words(strips, at + UNIT);
            a = lowerBfloat(first).fma(broadcast(x[k]), a);
            b = upperBfloat(first).fma(broadcast(x[k + 1]), b);
            c = lowerBfloat(second).fma(broadcast(x[k + 2]), c);
            d = upperBfloat(second).fma(broadcast(x[k + 3]), d);
        }
        for (; k < cols; k += 2, at += UNIT) {
            IntVector last = words(strips, at);
            a = lowerBfloat(last).fma(broadcast(x[k]), a);
            if (k + 1 < cols) {
                b = upperBfloat(last).fma(broadcast(x[k + 1]), b);
            }
        }
        a.add(b).add(c.add(d)).intoArray(out, outOffset);
    }

    static void unpackBf16(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int i = 0; i < units; i++) {
            IntVector pair = words(strips, at + (long) i * UNIT);
            lowerBfloat(pair).intoArray(panel, line + 2 * i * PANEL_ROWS);
            upperBfloat(pair).intoArray(panel, line + (2 * i + 1) * PANEL_ROWS);
        }
    }

    private static FloatVector lowerBfloat(IntVector pair) {
        return pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector upperBfloat(IntVector pair) {
        return pair.and(0xffff0000).reinterpretAsFloats();
    }
}
