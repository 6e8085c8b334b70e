package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.SHORTS;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * The scales of a strip as floats, {@code [groups, LANES]} for the groups of {@link StripFormat}, and its minima, which
 * are what is added to each value of a group. One small pass ahead of the codes, which keeps the big loops simple.
 */
final class VectorScales {
    /** Or-ed to a small number, makes the bits of the float {@code 2^23 + number}. */
    private static final int POWER = VectorLanes.power(0);

    private VectorScales() {}

    /** Reads the scales, and the minima if the format has them, of consecutive units: one for each group. */
    static void read(DType type, MemorySegment strips, long at, int units, float[] scales, float[] minima) {
        read(type, strips, at, units, 2, scales, minima);
    }

    /** As {@link #read}, but one for each block of 32 columns, unless the format has more. */
    static void readForBlocks(DType type, MemorySegment strips, long at, int units, float[] scales, float[] minima) {
        read(type, strips, at, units, 1, scales, minima);
    }

    /**
     * Reads the scales, and the minima if the format has them, of consecutive units.
     *
     * @param at where the first unit starts
     * @param copies of what 32 columns share: 1 or 2
     */
    private static void read(
            DType type, MemorySegment strips, long at, int units, int copies, float[] scales, float[] minima) {
        switch (type) {
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no scales");
            case Q8_0, Q4_0, Q5_0, IQ4_NL -> readHalves(strips, at, 2L * LANES, units, copies, scales);
            case Q4_1, Q5_1 -> {
                readHalves(strips, at, 4L * LANES, units, copies, scales);
                readHalves(strips, at + 2L * LANES, 4L * LANES, units, copies, minima);
            }
            case Q2_K -> q2(strips, at, units, scales, minima);
            case Q3_K -> q3(strips, at, units, scales);
            case Q4_K, Q5_K -> q4(strips, at, units, copies, scales, minima);
            case Q6_K -> q6(strips, at, units, scales);
            case IQ4_XS -> iq4xs(strips, at, units, scales);
        }
    }

    /** One f16 number for each {@code groups} groups of 16 columns. */
    private static void readHalves(MemorySegment strips, long at, long step, int units, int groups, float[] out) {
        VectorLanes.readHalves(strips, at, step, units, out, groups * LANES);
        if (groups > 1) {
            VectorLanes.repeat(out, units, groups);
        }
    }

    /** 16 nibble pairs at 0 (scale low, minimum high), f16 scale of the scales at 16 and of the minima at 18. */
    private static void q2(MemorySegment strips, long at, int units, float[] scales, float[] minima) {
        readHalves(strips, at + 16L * LANES, 20L * LANES, units, 16, scales);
        readHalves(strips, at + 18L * LANES, 20L * LANES, units, 16, minima);
        for (int i = 0; i < 16 * units; i++) {
            long word = at + (i >> 4) * (20L * LANES) + (i & 12) * (long) LANES;
            IntVector packed =
                    fromMemorySegment(INTS, strips, word, LITTLE_ENDIAN).lanewise(LSHR, 8 * (i & 3));
            FloatVector scale = packed.and(15).or(POWER).reinterpretAsFloats().sub(0x1p23f);
            FloatVector minimum = packed.lanewise(LSHR, 4)
                    .and(15)
                    .or(POWER)
                    .reinterpretAsFloats()
                    .sub(0x1p23f)
                    .neg();
            scale.mul(FloatVector.fromArray(FLOATS, scales, i * LANES)).intoArray(scales, i * LANES);
            minimum.mul(FloatVector.fromArray(FLOATS, minima, i * LANES)).intoArray(minima, i * LANES);
        }
    }

    /** As {@link SuperBlockDecoder#q3GroupScale}. */
    private static void q3(MemorySegment strips, long at, int units, float[] scales) {
        readHalves(strips, at + 12L * LANES, 14L * LANES, units, 16, scales);
        for (int i = 0; i < 16 * units; i++) {
            long unit = at + (i >> 4) * (14L * LANES);
            int group = i & 15;
            IntVector low = fromMemorySegment(INTS, strips, unit + (group & 4) * (long) LANES, LITTLE_ENDIAN)
                    .lanewise(LSHR, 8 * (group & 3) + 4 * (group >> 3))
                    .and(15);
            IntVector high = fromMemorySegment(INTS, strips, unit + 8L * LANES, LITTLE_ENDIAN)
                    .lanewise(LSHR, 8 * (group & 3) + 2 * (group >> 2))
                    .and(3)
                    .lanewise(LSHL, 4);
            FloatVector scale = low.or(high).or(POWER).reinterpretAsFloats().sub(0x1p23f + 32);
            scale.mul(FloatVector.fromArray(FLOATS, scales, i * LANES)).intoArray(scales, i * LANES);
        }
    }

    /** As {@link SuperBlockDecoder#groupScale} and {@link SuperBlockDecoder#groupMinimum}: Q4_K and Q5_K. */
    private static void q4(MemorySegment strips, long at, int units, int copies, float[] scales, float[] minima) {
        readHalves(strips, at, 16L * LANES, units, 8 * copies, scales);
        readHalves(strips, at + 2L * LANES, 16L * LANES, units, 8 * copies, minima);
        sixBits(strips, at, at + 4L * LANES, 0, units, copies, scales);
        sixBits(strips, at, at + 8L * LANES, 4, units, copies, minima);
        for (int i = 0; i < 8 * copies * units; i++) {
            FloatVector.fromArray(FLOATS, minima, i * LANES).neg().intoArray(minima, i * LANES);
        }
    }

    /**
     * Multiplies what {@code out} has by numbers of six bits, each for 32 columns. The first four are the
     * lower bits of a word's bytes; the upper bits there are bits 4 and 5 of the other four, whose lower bits are in the
     * unit's fourth word.
     *
     * @param firstAt where the word with the first four starts
     * @param nibble where the fourth word's bits begin: 0 or 4
     */
    private static void sixBits(
            MemorySegment strips, long at, long firstAt, int nibble, int units, int copies, float[] out) {
        for (int i = 0; i < 4 * units; i++) {
            long unit = (i >> 2) * (16L * LANES);
            int shift = 8 * (i & 3);
            IntVector first = fromMemorySegment(INTS, strips, firstAt + unit, LITTLE_ENDIAN)
                    .lanewise(LSHR, shift);
            IntVector last = fromMemorySegment(INTS, strips, at + unit + 12L * LANES, LITTLE_ENDIAN)
                    .lanewise(LSHR, shift + nibble);
            FloatVector lower = first.and(0x3f).or(POWER).reinterpretAsFloats().sub(0x1p23f);
            FloatVector upper = first.lanewise(LSHR, 2)
                    .and(0x30)
                    .or(last.and(15))
                    .or(POWER)
                    .reinterpretAsFloats()
                    .sub(0x1p23f);
            int to = ((i >> 2) * 8 + (i & 3)) * copies * LANES;
            int lastCopy = (copies - 1) * LANES;
            lower = lower.mul(FloatVector.fromArray(FLOATS, out, to));
            lower.intoArray(out, to);
            lower.intoArray(out, to + lastCopy);
            to += 4 * copies * LANES;
            upper = upper.mul(FloatVector.fromArray(FLOATS, out, to));
            upper.intoArray(out, to);
            upper.intoArray(out, to + lastCopy);
        }
    }

    /** 16 signed bytes, f16 scale of the scales at 16. */
    private static void q6(MemorySegment strips, long at, int units, float[] scales) {
        readHalves(strips, at + 16L * LANES, 18L * LANES, units, 16, scales);
        for (int i = 0; i < 16 * units; i++) {
            long word = at + (i >> 4) * (18L * LANES) + (i & 12) * (long) LANES;
            FloatVector scale = fromMemorySegment(INTS, strips, word, LITTLE_ENDIAN)
                    .lanewise(LSHR, 8 * (i & 3))
                    .and(0xff)
                    .lanewise(XOR, POWER ^ 0x80) // the sign bit turned makes the byte unsigned, and larger by 128
                    .reinterpretAsFloats()
                    .sub(0x1p23f + 128);
            scale.mul(FloatVector.fromArray(FLOATS, scales, i * LANES)).intoArray(scales, i * LANES);
        }
    }

    /** As {@link SuperBlockDecoder#iq4xsGroupScale}; each scale serves two groups of 16 columns. */
    private static void iq4xs(MemorySegment strips, long at, int units, float[] scales) {
        readHalves(strips, at, 8L * LANES, units, 16, scales);
        for (int i = 0; i < 8 * units; i++) {
            long unit = at + (i >> 3) * (8L * LANES);
            int group = i & 7;
            IntVector low = fromMemorySegment(INTS, strips, unit + 4L * LANES, LITTLE_ENDIAN)
                    .lanewise(LSHR, 4 * group)
                    .and(15);
            IntVector high = ((IntVector)
                            ShortVector.fromMemorySegment(SHORTS, strips, unit + 2L * LANES, LITTLE_ENDIAN)
                                    .convertShape(S2I, INTS, 0))
                    .lanewise(LSHR, 2 * group)
                    .and(3)
                    .lanewise(LSHL, 4);
            FloatVector scale = low.or(high).or(POWER).reinterpretAsFloats().sub(0x1p23f + 32);
            scale = scale.mul(FloatVector.fromArray(FLOATS, scales, i * 2 * LANES));
            scale.intoArray(scales, i * 2 * LANES);
            scale.intoArray(scales, (i * 2 + 1) * LANES);
        }
    }

    /** {@code out[outOffset + lane] += sum over groups of minima[group, lane] * sums[group]}. */
    static void dotMinima(float[] minima, float[] sums, int groups, float[] out, int outOffset) {
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        for (int group = 0; group < groups; group++) {
            FloatVector minimum = FloatVector.fromArray(FLOATS, minima, group * LANES);
            sum = minimum.fma(FloatVector.broadcast(FLOATS, sums[group]), sum);
        }
        sum.intoArray(out, outOffset);
    }

    /** Adds a multiple of the scales to the minima: what codes are to be worth more or less. */
    static void addToMinima(float[] scales, float times, int groups, float[] minima) {
        for (int i = 0; i < groups * LANES; i += LANES) {
            FloatVector.fromArray(FLOATS, scales, i)
                    .fma(FloatVector.broadcast(FLOATS, times), FloatVector.fromArray(FLOATS, minima, i))
                    .intoArray(minima, i);
        }
    }
}
