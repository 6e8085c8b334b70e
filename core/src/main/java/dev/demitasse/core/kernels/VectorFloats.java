package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.LSHL;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * F32, F16 and BF16 in strips. A unit is one word a row: one F32 column, or two columns of 16 bits.
 *
 * <p>The loops below take four words a turn, for four independent sums; what remains goes one by one.
 */
final class VectorFloats {
    private static final long UNIT = 4L * LANES;

    /** An f16 exponent of all ones, infinity's and NaN's, in its place in a float. */
    private static final int LARGEST_EXPONENT = 0x1f << 23;

    /** What an f16 number has of a float's bits, once it is in its place. */
    private static final int PLACED = 0x8fffe000;

    /** The exponent bits that make a float's largest exponent of an f16's. */
    private static final int TO_INFINITY = 0x70000000;

    private static final int UPPER_HALF = 0xffff0000;

    private VectorFloats() {}

    /**
     * {@code out[outOffset + lane] = sum over c of row lane [c] * x[c]}, for the strip at {@code at}.
     *
     * @param finite whether F16 numbers are known to be neither infinite nor NaN
     */
    static void dot(
            DType type,
            boolean finite,
            MemorySegment strips,
            long at,
            int cols,
            float[] x,
            float[] out,
            int outOffset) {
        switch (type) {
            case F32 -> dotF32(strips, at, cols, x, out, outOffset);
            case F16 -> {
                if (finite) {
                    dotFiniteF16(strips, at, cols, x, out, outOffset);
                } else {
                    dotF16(strips, at, cols, x, out, outOffset);
                }
            }
            case BF16 -> dotBf16(strips, at, cols, x, out, outOffset);
            default -> throw new IllegalArgumentException(type + " is not plain");
        }
    }

    /** Writes units as lines of a panel {@code [cols][LANES]}, from {@code panelAt}. */
    static void unpack(
            DType type, boolean finite, MemorySegment strips, long at, int units, float[] panel, int panelAt) {
        switch (type) {
            case F32 -> unpackF32(strips, at, units, panel, panelAt);
            case F16 -> {
                if (finite) {
                    unpackFiniteF16(strips, at, units, panel, panelAt);
                } else {
                    unpackF16(strips, at, units, panel, panelAt);
                }
            }
            case BF16 -> unpackBf16(strips, at, units, panel, panelAt);
            default -> throw new IllegalArgumentException(type + " is not plain");
        }
    }

    private static void dotF32(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        if (cols == 0) {
            return;
        }
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = FloatVector.zero(FLOATS);
        FloatVector c = FloatVector.zero(FLOATS);
        FloatVector d = FloatVector.zero(FLOATS);
        int k = 0;
        for (; k + 3 < cols; k += 4, at += 4 * UNIT) {
            a = FloatVector.fromMemorySegment(FLOATS, strips, at, LITTLE_ENDIAN).fma(broadcast(FLOATS, x[k]), a);
            b = FloatVector.fromMemorySegment(FLOATS, strips, at + UNIT, LITTLE_ENDIAN)
                    .fma(broadcast(FLOATS, x[k + 1]), b);
            c = FloatVector.fromMemorySegment(FLOATS, strips, at + 2 * UNIT, LITTLE_ENDIAN)
                    .fma(broadcast(FLOATS, x[k + 2]), c);
            d = FloatVector.fromMemorySegment(FLOATS, strips, at + 3 * UNIT, LITTLE_ENDIAN)
                    .fma(broadcast(FLOATS, x[k + 3]), d);
        }
        for (; k < cols; k++, at += UNIT) {
            a = FloatVector.fromMemorySegment(FLOATS, strips, at, LITTLE_ENDIAN).fma(broadcast(FLOATS, x[k]), a);
        }
        a.add(b).add(c.add(d)).intoArray(out, outOffset);
    }

    private static void unpackF32(MemorySegment strips, long at, int units, float[] panel, int panelAt) {
        for (int i = 0; i < units; i++) {
            FloatVector.fromMemorySegment(FLOATS, strips, at + i * UNIT, LITTLE_ENDIAN)
                    .intoArray(panel, panelAt + i * LANES);
        }
    }

    /**
     * Sign, exponent and mantissa of an f16 number move to their places in a float, whose exponent is then 112 too small: a
     * multiplication sets that right, for subnormal numbers too.
     */
    private static void dotFiniteF16(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        if (cols == 0) {
            return;
        }
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = FloatVector.zero(FLOATS);
        FloatVector c = FloatVector.zero(FLOATS);
        FloatVector d = FloatVector.zero(FLOATS);
        int k = 0;
        for (; k + 3 < cols; k += 4, at += 2 * UNIT) {
            IntVector first = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            IntVector second = fromMemorySegment(INTS, strips, at + UNIT, LITTLE_ENDIAN);
            a = first.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(PLACED)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .fma(broadcast(FLOATS, x[k]), a);
            b = first.lanewise(ASHR, 3)
                    .and(PLACED)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .fma(broadcast(FLOATS, x[k + 1]), b);
            c = second.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(PLACED)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .fma(broadcast(FLOATS, x[k + 2]), c);
            d = second.lanewise(ASHR, 3)
                    .and(PLACED)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .fma(broadcast(FLOATS, x[k + 3]), d);
        }
        for (; k < cols; k += 2, at += UNIT) {
            IntVector last = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            a = last.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(PLACED)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .fma(broadcast(FLOATS, x[k]), a);
            if (k + 1 < cols) {
                b = last.lanewise(ASHR, 3)
                        .and(PLACED)
                        .reinterpretAsFloats()
                        .mul(0x1p112f)
                        .fma(broadcast(FLOATS, x[k + 1]), b);
            }
        }
        a.add(b).add(c.add(d)).intoArray(out, outOffset);
    }

    private static void unpackFiniteF16(MemorySegment strips, long at, int units, float[] panel, int panelAt) {
        for (int i = 0; i < units; i++) {
            IntVector pair = fromMemorySegment(INTS, strips, at + i * UNIT, LITTLE_ENDIAN);
            pair.lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(PLACED)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .intoArray(panel, panelAt + 2 * i * LANES);
            pair.lanewise(ASHR, 3)
                    .and(PLACED)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .intoArray(panel, panelAt + (2 * i + 1) * LANES);
        }
    }

    /** As {@link #dotFiniteF16}; infinities and NaN get the exponent they need. */
    private static void dotF16(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        if (cols == 0) {
            return;
        }
        FloatVector sum = FloatVector.zero(FLOATS);
        FloatVector otherSum = FloatVector.zero(FLOATS);
        int k = 0;
        for (; k + 1 < cols; k += 2, at += UNIT) {
            IntVector pair = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            IntVector lower = pair.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACED);
            IntVector upper = pair.lanewise(ASHR, 3).and(PLACED);
            VectorMask<Integer> lowerSpecial = lower.and(LARGEST_EXPONENT).compare(EQ, LARGEST_EXPONENT);
            VectorMask<Integer> upperSpecial = upper.and(LARGEST_EXPONENT).compare(EQ, LARGEST_EXPONENT);
            FloatVector a = lower.reinterpretAsFloats()
                    .mul(0x1p112f)
                    .reinterpretAsInts()
                    .blend(lower.or(TO_INFINITY), lowerSpecial)
                    .reinterpretAsFloats();
            FloatVector b = upper.reinterpretAsFloats()
                    .mul(0x1p112f)
                    .reinterpretAsInts()
                    .blend(upper.or(TO_INFINITY), upperSpecial)
                    .reinterpretAsFloats();
            sum = a.fma(broadcast(FLOATS, x[k]), sum);
            otherSum = b.fma(broadcast(FLOATS, x[k + 1]), otherSum);
        }
        if (k < cols) {
            IntVector last = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN)
                    .lanewise(LSHL, 16)
                    .lanewise(ASHR, 3)
                    .and(PLACED);
            VectorMask<Integer> special = last.and(LARGEST_EXPONENT).compare(EQ, LARGEST_EXPONENT);
            FloatVector a = last.reinterpretAsFloats()
                    .mul(0x1p112f)
                    .reinterpretAsInts()
                    .blend(last.or(TO_INFINITY), special)
                    .reinterpretAsFloats();
            sum = a.fma(broadcast(FLOATS, x[k]), sum);
        }
        sum.add(otherSum).intoArray(out, outOffset);
    }

    private static void unpackF16(MemorySegment strips, long at, int units, float[] panel, int panelAt) {
        for (int i = 0; i < units; i++) {
            IntVector pair = fromMemorySegment(INTS, strips, at + i * UNIT, LITTLE_ENDIAN);
            IntVector lower = pair.lanewise(LSHL, 16).lanewise(ASHR, 3).and(PLACED);
            IntVector upper = pair.lanewise(ASHR, 3).and(PLACED);
            VectorMask<Integer> lowerSpecial = lower.and(LARGEST_EXPONENT).compare(EQ, LARGEST_EXPONENT);
            VectorMask<Integer> upperSpecial = upper.and(LARGEST_EXPONENT).compare(EQ, LARGEST_EXPONENT);
            lower.reinterpretAsFloats()
                    .mul(0x1p112f)
                    .reinterpretAsInts()
                    .blend(lower.or(TO_INFINITY), lowerSpecial)
                    .reinterpretAsFloats()
                    .intoArray(panel, panelAt + 2 * i * LANES);
            upper.reinterpretAsFloats()
                    .mul(0x1p112f)
                    .reinterpretAsInts()
                    .blend(upper.or(TO_INFINITY), upperSpecial)
                    .reinterpretAsFloats()
                    .intoArray(panel, panelAt + (2 * i + 1) * LANES);
        }
    }

    private static void dotBf16(MemorySegment strips, long at, int cols, float[] x, float[] out, int outOffset) {
        if (cols == 0) {
            return;
        }
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = FloatVector.zero(FLOATS);
        FloatVector c = FloatVector.zero(FLOATS);
        FloatVector d = FloatVector.zero(FLOATS);
        int k = 0;
        for (; k + 3 < cols; k += 4, at += 2 * UNIT) {
            IntVector first = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            IntVector second = fromMemorySegment(INTS, strips, at + UNIT, LITTLE_ENDIAN);
            a = first.lanewise(LSHL, 16).reinterpretAsFloats().fma(broadcast(FLOATS, x[k]), a);
            b = first.and(UPPER_HALF).reinterpretAsFloats().fma(broadcast(FLOATS, x[k + 1]), b);
            c = second.lanewise(LSHL, 16).reinterpretAsFloats().fma(broadcast(FLOATS, x[k + 2]), c);
            d = second.and(UPPER_HALF).reinterpretAsFloats().fma(broadcast(FLOATS, x[k + 3]), d);
        }
        for (; k < cols; k += 2, at += UNIT) {
            IntVector last = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            a = last.lanewise(LSHL, 16).reinterpretAsFloats().fma(broadcast(FLOATS, x[k]), a);
            if (k + 1 < cols) {
                b = last.and(UPPER_HALF).reinterpretAsFloats().fma(broadcast(FLOATS, x[k + 1]), b);
            }
        }
        a.add(b).add(c.add(d)).intoArray(out, outOffset);
    }

    private static void unpackBf16(MemorySegment strips, long at, int units, float[] panel, int panelAt) {
        for (int i = 0; i < units; i++) {
            IntVector pair = fromMemorySegment(INTS, strips, at + i * UNIT, LITTLE_ENDIAN);
            pair.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(panel, panelAt + 2 * i * LANES);
            pair.and(UPPER_HALF).reinterpretAsFloats().intoArray(panel, panelAt + (2 * i + 1) * LANES);
        }
    }
}
