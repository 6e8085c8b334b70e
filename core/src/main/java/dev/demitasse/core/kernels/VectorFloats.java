package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.broadcast;
import static dev.demitasse.core.kernels.VectorLanes.words;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * F32, F16 and BF16 in strips. A unit is one word a row: one F32 column, or two columns of 16 bits.
 *
 * <p>The loops below take four words a turn, for four independent sums; what remains goes one by one.
 */
final class VectorFloats {
    private static final long UNIT = 4L * LANES;

    /** An f16 exponent of all ones, infinity's and NaN's, in its place in a float. */
    private static final int LARGEST_EXPONENT = 0x1f << 23;

    private VectorFloats() {}

    /** {@code out[outOffset + lane] = sum over c of row lane [c] * x[c]}, for the strip at {@code at}. */
    static void dot(DType type, MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        switch (type) {
            case F32 -> dotF32(strips, at, cols, x, out, outOffset);
            case F16 -> dotF16(strips, at, cols, x, out, outOffset);
            case BF16 -> dotBf16(strips, at, cols, x, out, outOffset);
            default -> throw new IllegalArgumentException(type + " is not plain");
        }
    }

    /** Writes units as lines of a panel {@code [cols][PANEL_ROWS]}, from index {@code line}. */
    static void unpack(DType type, MemorySegment strips, long at, int units, float[] panel, int line) {
        switch (type) {
            case F32 -> unpackF32(strips, at, units, panel, line);
            case F16 -> unpackF16(strips, at, units, panel, line);
            case BF16 -> unpackBf16(strips, at, units, panel, line);
            default -> throw new IllegalArgumentException(type + " is not plain");
        }
    }

    private static void dotF32(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
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

    private static void unpackF32(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int i = 0; i < units; i++) {
            words(strips, at + i * UNIT).reinterpretAsFloats().intoArray(panel, line + i * PANEL_ROWS);
        }
    }

    private static void dotF16(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = FloatVector.zero(FLOATS);
        int k = 0;
        for (; k + 1 < cols; k += 2, at += UNIT) {
            IntVector pair = IntVector.fromMemorySegment(INTS, strips, at, ByteOrder.LITTLE_ENDIAN);
            a = upperHalf(pair.lanewise(VectorOperators.LSHL, 16)).fma(FloatVector.broadcast(FLOATS, x[k]), a);
            b = upperHalf(pair).fma(FloatVector.broadcast(FLOATS, x[k + 1]), b);
        }
        if (k < cols) {
            IntVector last = IntVector.fromMemorySegment(INTS, strips, at, ByteOrder.LITTLE_ENDIAN);
            a = upperHalf(last.lanewise(VectorOperators.LSHL, 16)).fma(FloatVector.broadcast(FLOATS, x[k]), a);
        }
        a.add(b).intoArray(out, outOffset);
    }

    private static void unpackF16(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int i = 0; i < units; i++) {
            IntVector pair = words(strips, at + i * UNIT);
            upperHalf(pair.lanewise(VectorOperators.LSHL, 16)).intoArray(panel, line + 2 * i * PANEL_ROWS);
            upperHalf(pair).intoArray(panel, line + (2 * i + 1) * PANEL_ROWS);
        }
    }

    /**
     * The f16 number in the upper half of each word. Sign, exponent and mantissa move to their places in a float, whose
     * exponent is then 112 too small: a multiplication sets that right, for subnormal numbers too.
     */
    private static FloatVector upperHalf(IntVector words) {
        IntVector placed = words.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000);
        FloatVector finite = placed.reinterpretAsFloats().mul(0x1p112f);
        VectorMask<Integer> special = placed.and(LARGEST_EXPONENT).compare(VectorOperators.EQ, LARGEST_EXPONENT);
        return finite.reinterpretAsInts().blend(placed.or(0x70000000), special).reinterpretAsFloats();
    }

    private static void dotBf16(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
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

    private static void unpackBf16(MemorySegment strips, long at, int units, float[] panel, int line) {
        for (int i = 0; i < units; i++) {
            IntVector pair = words(strips, at + i * UNIT);
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
