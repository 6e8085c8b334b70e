package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.bits;
import static dev.demitasse.core.kernels.VectorLanes.halves;
import static dev.demitasse.core.kernels.VectorLanes.shorts;
import static dev.demitasse.core.kernels.VectorLanes.signedByte;
import static dev.demitasse.core.kernels.VectorLanes.toFloats;
import static dev.demitasse.core.kernels.VectorLanes.words;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The scales of a strip as floats, {@code [groups, LANES]} for the groups of {@link StripFormat}, and its minima, which
 * are what is added to each value of a group. One small pass ahead of the codes, which keeps the big loops simple.
 */
final class VectorScales {
    private VectorScales() {}

    /** True if the format stores minima. */
    static boolean hasMinima(DType type) {
        return switch (type) {
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
            case F32, F16, BF16, Q8_0, Q4_0, Q5_0, Q3_K, Q6_K, IQ4_NL, IQ4_XS -> false;
        };
    }

    /**
     * Reads the scales, and the minima if the format has them, of consecutive units.
     *
     * @param at where the first unit starts
     */
    static void read(DType type, MemorySegment strips, long at, int units, float[] scales, float[] minima) {
        switch (type) {
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no scales");
            case Q8_0 -> halfPerUnit(strips, at, units, 2L * LANES, 2, scales);
            case Q4_0, IQ4_NL -> halfPerUnit(strips, at, units, 2L * LANES, 2, scales);
            case Q5_0 -> halfPerUnit(strips, at, units, 2L * LANES, 2, scales);
            case Q4_1 -> {
                halfPerUnit(strips, at, units, 4L * LANES, 2, scales);
                halfPerUnit(strips, at + 2L * LANES, units, 4L * LANES, 2, minima);
            }
            case Q5_1 -> {
                halfPerUnit(strips, at, units, 4L * LANES, 2, scales);
                halfPerUnit(strips, at + 2L * LANES, units, 4L * LANES, 2, minima);
            }
            case Q2_K -> {
                for (int unit = 0; unit < units; unit++) {
                    q2(strips, at + unit * (20L * LANES), scales, minima, unit * 16 * LANES);
                }
            }
            case Q3_K -> {
                for (int unit = 0; unit < units; unit++) {
                    q3(strips, at + unit * (14L * LANES), scales, unit * 16 * LANES);
                }
            }
            case Q4_K -> {
                for (int unit = 0; unit < units; unit++) {
                    q4(strips, at + unit * (16L * LANES), scales, minima, unit * 16 * LANES);
                }
            }
            case Q5_K -> {
                for (int unit = 0; unit < units; unit++) {
                    q4(strips, at + unit * (16L * LANES), scales, minima, unit * 16 * LANES);
                }
            }
            case Q6_K -> {
                for (int unit = 0; unit < units; unit++) {
                    q6(strips, at + unit * (18L * LANES), scales, unit * 16 * LANES);
                }
            }
            case IQ4_XS -> {
                for (int unit = 0; unit < units; unit++) {
                    iq4xs(strips, at + unit * (8L * LANES), scales, unit * 16 * LANES);
                }
            }
        }
    }

    private static void halfPerUnit(MemorySegment strips, long at, int units, long unitBytes, int groups, float[] out) {
        VectorLanes.readHalves(strips, at, unitBytes, units, groups, out);
    }

    /** 16 nibble pairs at 0 (scale low, minimum high), f16 scale of the scales at 16 and of the minima at 18. */
    private static void q2(MemorySegment strips, long at, float[] scales, float[] minima, int to) {
        FloatVector scale = halves(strips, at + 16L * LANES);
        FloatVector minimumScale = halves(strips, at + 18L * LANES).neg();
        for (int group = 0; group < 16; group++, to += LANES) {
            IntVector packed = words(strips, at + (group >> 2) * (4L * LANES));
            int shift = 8 * (group & 3);
            scale.mul(toFloats(bits(packed, shift, 15))).intoArray(scales, to);
            minimumScale.mul(toFloats(bits(packed, shift + 4, 15))).intoArray(minima, to);
        }
    }

    /** As {@link SuperBlockDecoder#q3GroupScale}. */
    private static void q3(MemorySegment strips, long at, float[] scales, int to) {
        FloatVector scale = halves(strips, at + 12L * LANES);
        IntVector highBits = words(strips, at + 8L * LANES);
        for (int group = 0; group < 16; group++, to += LANES) {
            IntVector lowBits = words(strips, at + (group & 4) * (long) LANES);
            IntVector low = bits(lowBits, 8 * (group & 3) + 4 * (group >> 3), 15);
            IntVector high = bits(highBits, 8 * (group & 3) + 2 * (group >> 2), 3);
            IntVector signed = low.or(high.lanewise(VectorOperators.LSHL, 4)).sub(32);
            scale.mul(toFloats(signed)).intoArray(scales, to);
        }
    }

    /** As {@link SuperBlockDecoder#groupScale} and {@link SuperBlockDecoder#groupMinimum}: Q4_K and Q5_K. */
    private static void q4(MemorySegment strips, long at, float[] scales, float[] minima, int to) {
        FloatVector scale = halves(strips, at);
        FloatVector minimumScale = halves(strips, at + 2L * LANES).neg();
        IntVector first = words(strips, at + 4L * LANES);
        IntVector second = words(strips, at + 8L * LANES);
        IntVector third = words(strips, at + 12L * LANES);
        IntVector upperScales = third.and(0x0f0f0f0f).or(bits(first, 2, 0x30303030));
        IntVector upperMinima = bits(third, 4, 0x0f0f0f0f).or(bits(second, 2, 0x30303030));
        scaleBytes(first.and(0x3f3f3f3f), scale, scales, to);
        scaleBytes(upperScales, scale, scales, to + 8 * LANES);
        scaleBytes(second.and(0x3f3f3f3f), minimumScale, minima, to);
        scaleBytes(upperMinima, minimumScale, minima, to + 8 * LANES);
    }

    private static void scaleBytes(IntVector bytes, FloatVector scale, float[] out, int to) {
        for (int i = 0; i < 4; i++) {
            FloatVector value = scale.mul(toFloats(bits(bytes, 8 * i, 0xff)));
            value.intoArray(out, to + 2 * i * LANES);
            value.intoArray(out, to + (2 * i + 1) * LANES);
        }
    }

    /** 16 signed bytes, f16 scale of the scales at 16. */
    private static void q6(MemorySegment strips, long at, float[] scales, int to) {
        FloatVector scale = halves(strips, at + 16L * LANES);
        for (int group = 0; group < 16; group++, to += LANES) {
            IntVector packed = words(strips, at + (group & 12) * (long) LANES);
            scale.mul(signedByte(packed, 8 * (group & 3))).intoArray(scales, to);
        }
    }

    /** As {@link SuperBlockDecoder#iq4xsGroupScale}; each scale serves two groups of 16 columns. */
    private static void iq4xs(MemorySegment strips, long at, float[] scales, int to) {
        FloatVector scale = halves(strips, at);
        IntVector highBits = shorts(strips, at + 2L * LANES);
        IntVector lowBits = words(strips, at + 4L * LANES);
        for (int group = 0; group < 8; group++, to += 2 * LANES) {
            IntVector high = bits(highBits, 2 * group, 3);
            IntVector signed = bits(lowBits, 4 * group, 15)
                    .or(high.lanewise(VectorOperators.LSHL, 4))
                    .sub(32);
            FloatVector value = scale.mul(toFloats(signed));
            value.intoArray(scales, to);
            value.intoArray(scales, to + LANES);
        }
    }

    /** {@code out[outOffset + lane] = sum over groups of minima[group, lane] * sums[group]}. */
    static void dotMinima(float[] minima, float[] sums, int groups, float[] out, int outOffset) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int group = 0; group < groups; group++) {
            FloatVector minimum = FloatVector.fromArray(FLOATS, minima, group * LANES);
            sum = minimum.fma(FloatVector.broadcast(FLOATS, sums[group]), sum);
        }
        sum.intoArray(out, outOffset);
    }
}
