package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.LEVELS;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.IntVector.broadcast;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ROR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products of one strip with one row of activations:
 * {@code out[outOffset + lane] += sum over groups of scale[group, lane] * sum over c of (code[lane, c] - bias) * x[c]}.
 *
 * <p>A code becomes a float where it stands in its word, by three operations on all rows at once: a mask leaves its bits,
 * an exponent or-ed to them makes the number {@code 2^e + code} if {@code e} puts the code's lowest bit at 1 (see
 * {@link VectorLanes#power}), and a subtraction takes off {@code 2^e} together with the format's bias, exactly. Mask and
 * exponent are one ternary instruction where the processor has such. Fields that reach beyond the 23 bits of a mantissa are first
 * shifted down, several at once.
 *
 * <p>One method for each way in which a format keeps its codes. Their lines are alike and written out, on purpose:
 * vectors that cross a call are boxed unless C2 inlines the call, and it stops inlining after some hundred vector
 * operations. For the same reason no body has more than 16 columns, and scales come from an array. Four sums a group:
 * groups that follow each other overlap in the processor and hide the latency of the multiply-add together.
 */
final class VectorDot {
    private static final long STEP = 4L * LANES;

    private VectorDot() {}

    /** Signed bytes (Q8_0): their sign bit is turned, which makes them unsigned and larger by the bias. */
    static void bytes(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector mask0 = broadcast(INTS, 0xff);
        IntVector mask1 = broadcast(INTS, 0xff << 8);
        IntVector power0 = broadcast(INTS, VectorLanes.power(0) ^ 0x80);
        IntVector power1 = broadcast(INTS, VectorLanes.power(8) ^ 0x8000);
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p15f + format.bias());
        int groups = units * format.groups();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        for (int group = 0; group < groups; group++) {
            long at = codesAt + group * (StripFormat.WORDS * STEP);
            int k = group * StripFormat.COLS;
            IntVector lower0 = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            IntVector upper0 = lower0.lanewise(LSHR, 16);
            FloatVector a = lower0.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .mul(broadcast(FLOATS, x[k]));
            FloatVector b = lower0.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .mul(broadcast(FLOATS, x[k + 1]));
            FloatVector c = upper0.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .mul(broadcast(FLOATS, x[k + 2]));
            FloatVector d = upper0.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .mul(broadcast(FLOATS, x[k + 3]));
            IntVector lower1 = fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN);
            IntVector upper1 = lower1.lanewise(LSHR, 16);
            a = lower1.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .fma(broadcast(FLOATS, x[k + 4]), a);
            b = lower1.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .fma(broadcast(FLOATS, x[k + 5]), b);
            c = upper1.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .fma(broadcast(FLOATS, x[k + 6]), c);
            d = upper1.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .fma(broadcast(FLOATS, x[k + 7]), d);
            IntVector lower2 = fromMemorySegment(INTS, strips, at + 2 * STEP, LITTLE_ENDIAN);
            IntVector upper2 = lower2.lanewise(LSHR, 16);
            a = lower2.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .fma(broadcast(FLOATS, x[k + 8]), a);
            b = lower2.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .fma(broadcast(FLOATS, x[k + 9]), b);
            c = upper2.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .fma(broadcast(FLOATS, x[k + 10]), c);
            d = upper2.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .fma(broadcast(FLOATS, x[k + 11]), d);
            IntVector lower3 = fromMemorySegment(INTS, strips, at + 3 * STEP, LITTLE_ENDIAN);
            IntVector upper3 = lower3.lanewise(LSHR, 16);
            a = lower3.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .fma(broadcast(FLOATS, x[k + 12]), a);
            b = lower3.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .fma(broadcast(FLOATS, x[k + 13]), b);
            c = upper3.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0)
                    .fma(broadcast(FLOATS, x[k + 14]), c);
            d = upper3.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1)
                    .fma(broadcast(FLOATS, x[k + 15]), d);
            sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, group * LANES), sum);
        }
        sum.intoArray(out, outOffset);
    }

    /** Fields of two bits, one of each byte of a word. */
    static void pairs(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector mask0 = broadcast(INTS, 0x3);
        IntVector mask1 = broadcast(INTS, 0x3 << 8);
        IntVector power0 = broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p15f + format.bias());
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++, k += StripFormat.COLS, scaleAt += LANES) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                IntVector lower0 =
                        fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN).lanewise(LSHR, shift);
                IntVector upper0 = lower0.lanewise(LSHR, 16);
                FloatVector a = lower0.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(broadcast(FLOATS, x[k]));
                FloatVector b = lower0.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(broadcast(FLOATS, x[k + 1]));
                FloatVector c = upper0.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(broadcast(FLOATS, x[k + 2]));
                FloatVector d = upper0.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(broadcast(FLOATS, x[k + 3]));
                IntVector lower1 = fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift);
                IntVector upper1 = lower1.lanewise(LSHR, 16);
                a = lower1.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 4]), a);
                b = lower1.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 5]), b);
                c = upper1.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 6]), c);
                d = upper1.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 7]), d);
                IntVector lower2 = fromMemorySegment(INTS, strips, at + 2 * STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift);
                IntVector upper2 = lower2.lanewise(LSHR, 16);
                a = lower2.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 8]), a);
                b = lower2.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 9]), b);
                c = upper2.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 10]), c);
                d = upper2.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 11]), d);
                IntVector lower3 = fromMemorySegment(INTS, strips, at + 3 * STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift);
                IntVector upper3 = lower3.lanewise(LSHR, 16);
                a = lower3.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 12]), a);
                b = lower3.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 13]), b);
                c = upper3.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 14]), c);
                d = upper3.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 15]), d);
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    /** Nibbles: the lower ones of a word belong to one group, the higher ones to the next; both have the same scale. */
    static void nibbles(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector mask0 = broadcast(INTS, 0xf);
        IntVector mask1 = broadcast(INTS, 0xf << 4);
        IntVector mask2 = broadcast(INTS, 0xf << 8);
        IntVector mask3 = broadcast(INTS, 0xf << 12);
        IntVector mask4 = broadcast(INTS, 0xf << 16);
        IntVector power0 = broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = broadcast(INTS, VectorLanes.power(4));
        IntVector power2 = broadcast(INTS, VectorLanes.power(8));
        IntVector power3 = broadcast(INTS, VectorLanes.power(12));
        IntVector power4 = broadcast(INTS, VectorLanes.power(16));
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p19f + format.bias());
        FloatVector offset2 = broadcast(FLOATS, 0x1p15f + format.bias());
        FloatVector offset3 = broadcast(FLOATS, 0x1p11f + format.bias());
        FloatVector offset4 = broadcast(FLOATS, 0x1p7f + format.bias());
        int pairs = units * format.groups() / 2;
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        for (int pair = 0; pair < pairs; pair++) {
            int k = pair * 2 * StripFormat.COLS;
            int h = k + StripFormat.COLS;
            FloatVector lowA = FloatVector.zero(FLOATS);
            FloatVector lowB = FloatVector.zero(FLOATS);
            FloatVector highA = FloatVector.zero(FLOATS);
            FloatVector highB = FloatVector.zero(FLOATS);
            for (int word = 0; word < StripFormat.WORDS; word++) {
                IntVector lower = fromMemorySegment(INTS, strips, codesAt + (pair * 4L + word) * STEP, LITTLE_ENDIAN);
                IntVector upper = lower.lanewise(LSHR, 20);
                lowA = lower.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 4 * word]), lowA);
                highA = lower.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[h + 4 * word]), highA);
                lowB = lower.and(mask2)
                        .or(power2)
                        .reinterpretAsFloats()
                        .sub(offset2)
                        .fma(broadcast(FLOATS, x[k + 4 * word + 1]), lowB);
                highB = lower.and(mask3)
                        .or(power3)
                        .reinterpretAsFloats()
                        .sub(offset3)
                        .fma(broadcast(FLOATS, x[h + 4 * word + 1]), highB);
                lowA = lower.and(mask4)
                        .or(power4)
                        .reinterpretAsFloats()
                        .sub(offset4)
                        .fma(broadcast(FLOATS, x[k + 4 * word + 2]), lowA);
                highA = upper.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[h + 4 * word + 2]), highA);
                lowB = upper.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 4 * word + 3]), lowB);
                highB = upper.and(mask2)
                        .or(power2)
                        .reinterpretAsFloats()
                        .sub(offset2)
                        .fma(broadcast(FLOATS, x[h + 4 * word + 3]), highB);
            }
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, pair * 2 * LANES);
            sum = lowA.add(lowB).add(highA.add(highB)).fma(scale, sum);
        }
        sum.intoArray(out, outOffset);
    }

    /** Codes of five bits as {@link FiveBitCodes} arranges them. */
    static void fives(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int blocks,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector mask0 = broadcast(INTS, 0x1f);
        IntVector mask1 = broadcast(INTS, 0x1f << 5);
        IntVector mask2 = broadcast(INTS, 0x1f << 10);
        IntVector power0 = broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = broadcast(INTS, VectorLanes.power(5));
        IntVector power2 = broadcast(INTS, VectorLanes.power(10));
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p18f + format.bias());
        FloatVector offset2 = broadcast(FLOATS, 0x1p13f + format.bias());
        IntVector lastBits = broadcast(INTS, 0x80008000);
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        for (int block = 0; block < blocks; block++) {
            int k = block * 2 * StripFormat.COLS;
            int h = k + FiveBitCodes.HALF;
            IntVector last = IntVector.zero(INTS);
            FloatVector a = FloatVector.zero(FLOATS);
            FloatVector b = FloatVector.zero(FLOATS);
            FloatVector c = FloatVector.zero(FLOATS);
            FloatVector d = FloatVector.zero(FLOATS);
            for (int word = 0; word < FiveBitCodes.WORDS; word++) {
                long at = codesAt + (block * (long) FiveBitCodes.WORDS + word) * STEP;
                IntVector lower = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
                IntVector upper = lower.lanewise(LSHR, 16);
                last = last.lanewise(LSHR, 1).or(lower.and(lastBits));
                a = lower.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + FiveBitCodes.HALF_CODES * word]), a);
                b = lower.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + FiveBitCodes.HALF_CODES * word + 1]), b);
                c = lower.and(mask2)
                        .or(power2)
                        .reinterpretAsFloats()
                        .sub(offset2)
                        .fma(broadcast(FLOATS, x[k + FiveBitCodes.HALF_CODES * word + 2]), c);
                d = upper.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[h + FiveBitCodes.HALF_CODES * word]), d);
                a = upper.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[h + FiveBitCodes.HALF_CODES * word + 1]), a);
                b = upper.and(mask2)
                        .or(power2)
                        .reinterpretAsFloats()
                        .sub(offset2)
                        .fma(broadcast(FLOATS, x[h + FiveBitCodes.HALF_CODES * word + 2]), b);
            }
            IntVector last0 = last.lanewise(LSHR, 11).and(mask0);
            IntVector last1 = last.lanewise(LSHR, 27);
            c = last0.or(power0).reinterpretAsFloats().sub(offset0).fma(broadcast(FLOATS, x[k + 15]), c);
            d = last1.or(power0).reinterpretAsFloats().sub(offset0).fma(broadcast(FLOATS, x[k + 31]), d);
            sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, block * 2 * LANES), sum);
        }
        sum.intoArray(out, outOffset);
    }

    /** Nibbles as before, with more bits of each code in a plane of their own. */
    static void splitNibbles(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector mask0 = broadcast(INTS, 0xff);
        IntVector mask1 = broadcast(INTS, 0xff << 8);
        IntVector power0 = broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p15f + format.bias());
        IntVector nibbles = broadcast(INTS, format.mask());
        IntVector highMask = broadcast(INTS, format.highMask());
        int pairs = format.groups() / 2;
        int distance = format.pairDistance();
        long unitBytes = format.unitBytes();
        long highStep = format.highStep();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int firstGroup = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes, firstGroup += 2 * pairs) {
            for (int pair = 0; pair < pairs; pair++) {
                int low = 2 * (pair & -distance) | (pair & (distance - 1));
                int high = low + distance;
                long at = unitAt + format.offset(low);
                long planeAt = unitAt + format.highOffset(low);
                int lowTurn = format.highTurn(low);
                int highTurn = format.highTurn(high);
                int k = (firstGroup + low) * StripFormat.COLS;
                int h = (firstGroup + high) * StripFormat.COLS;
                FloatVector lowA = FloatVector.zero(FLOATS);
                FloatVector lowB = FloatVector.zero(FLOATS);
                FloatVector highA = FloatVector.zero(FLOATS);
                FloatVector highB = FloatVector.zero(FLOATS);
                for (int word = 0; word < StripFormat.WORDS; word++, k += 4, h += 4) {
                    IntVector both = fromMemorySegment(INTS, strips, at + word * STEP, LITTLE_ENDIAN);
                    IntVector plane = fromMemorySegment(INTS, strips, planeAt + word * highStep, LITTLE_ENDIAN);
                    IntVector lower0 =
                            both.and(nibbles).or(plane.lanewise(ROR, lowTurn).and(highMask));
                    IntVector lower1 = both.lanewise(LSHR, 4)
                            .and(nibbles)
                            .or(plane.lanewise(ROR, highTurn).and(highMask));
                    IntVector upper0 = lower0.lanewise(LSHR, 16);
                    IntVector upper1 = lower1.lanewise(LSHR, 16);
                    lowA = lower0.and(mask0)
                            .or(power0)
                            .reinterpretAsFloats()
                            .sub(offset0)
                            .fma(broadcast(FLOATS, x[k]), lowA);
                    lowB = lower0.and(mask1)
                            .or(power1)
                            .reinterpretAsFloats()
                            .sub(offset1)
                            .fma(broadcast(FLOATS, x[k + 1]), lowB);
                    lowA = upper0.and(mask0)
                            .or(power0)
                            .reinterpretAsFloats()
                            .sub(offset0)
                            .fma(broadcast(FLOATS, x[k + 2]), lowA);
                    lowB = upper0.and(mask1)
                            .or(power1)
                            .reinterpretAsFloats()
                            .sub(offset1)
                            .fma(broadcast(FLOATS, x[k + 3]), lowB);
                    highA = lower1.and(mask0)
                            .or(power0)
                            .reinterpretAsFloats()
                            .sub(offset0)
                            .fma(broadcast(FLOATS, x[h]), highA);
                    highB = lower1.and(mask1)
                            .or(power1)
                            .reinterpretAsFloats()
                            .sub(offset1)
                            .fma(broadcast(FLOATS, x[h + 1]), highB);
                    highA = upper1.and(mask0)
                            .or(power0)
                            .reinterpretAsFloats()
                            .sub(offset0)
                            .fma(broadcast(FLOATS, x[h + 2]), highA);
                    highB = upper1.and(mask1)
                            .or(power1)
                            .reinterpretAsFloats()
                            .sub(offset1)
                            .fma(broadcast(FLOATS, x[h + 3]), highB);
                }
                sum = lowA.add(lowB).fma(FloatVector.fromArray(FLOATS, scales, (firstGroup + low) * LANES), sum);
                sum = highA.add(highB).fma(FloatVector.fromArray(FLOATS, scales, (firstGroup + high) * LANES), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    /** Fields of two bits whose third bits are in a plane of their own. */
    static void splitPairs(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector mask0 = broadcast(INTS, 0xff);
        IntVector mask1 = broadcast(INTS, 0xff << 8);
        IntVector power0 = broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p15f + format.bias());
        IntVector lowMask = broadcast(INTS, format.mask());
        IntVector highMask = broadcast(INTS, format.highMask());
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        long highStep = format.highStep();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++, k += StripFormat.COLS, scaleAt += LANES) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                int turn = format.highTurn(group);
                long high = unitAt + format.highOffset(group);
                IntVector high0 =
                        fromMemorySegment(INTS, strips, high, LITTLE_ENDIAN).lanewise(ROR, turn);
                IntVector lower0 = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(lowMask)
                        .or(high0.and(highMask));
                IntVector upper0 = lower0.lanewise(LSHR, 16);
                FloatVector a = lower0.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(broadcast(FLOATS, x[k]));
                FloatVector b = lower0.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(broadcast(FLOATS, x[k + 1]));
                FloatVector c = upper0.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(broadcast(FLOATS, x[k + 2]));
                FloatVector d = upper0.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(broadcast(FLOATS, x[k + 3]));
                IntVector high1 = fromMemorySegment(INTS, strips, high + highStep, LITTLE_ENDIAN)
                        .lanewise(ROR, turn);
                IntVector lower1 = fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(lowMask)
                        .or(high1.and(highMask));
                IntVector upper1 = lower1.lanewise(LSHR, 16);
                a = lower1.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 4]), a);
                b = lower1.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 5]), b);
                c = upper1.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 6]), c);
                d = upper1.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 7]), d);
                IntVector high2 = fromMemorySegment(INTS, strips, high + 2 * highStep, LITTLE_ENDIAN)
                        .lanewise(ROR, turn);
                IntVector lower2 = fromMemorySegment(INTS, strips, at + 2 * STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(lowMask)
                        .or(high2.and(highMask));
                IntVector upper2 = lower2.lanewise(LSHR, 16);
                a = lower2.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 8]), a);
                b = lower2.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 9]), b);
                c = upper2.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 10]), c);
                d = upper2.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 11]), d);
                IntVector high3 = fromMemorySegment(INTS, strips, high + 3 * highStep, LITTLE_ENDIAN)
                        .lanewise(ROR, turn);
                IntVector lower3 = fromMemorySegment(INTS, strips, at + 3 * STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(lowMask)
                        .or(high3.and(highMask));
                IntVector upper3 = lower3.lanewise(LSHR, 16);
                a = lower3.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 12]), a);
                b = lower3.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 13]), b);
                c = upper3.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 14]), c);
                d = upper3.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 15]), d);
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    /** Nibbles that choose among the uneven levels of IQ4_NL and IQ4_XS. */
    static void levels(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector mask0 = broadcast(INTS, 0xff);
        IntVector mask1 = broadcast(INTS, 0xff << 8);
        IntVector power0 = broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p15f + format.bias());
        IntVector nibbles = broadcast(INTS, format.mask());
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++, k += StripFormat.COLS, scaleAt += LANES) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                IntVector indices0 = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(nibbles);
                IntVector lower0 =
                        indices0.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper0 = lower0.lanewise(LSHR, 16);
                FloatVector a = lower0.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(broadcast(FLOATS, x[k]));
                FloatVector b = lower0.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(broadcast(FLOATS, x[k + 1]));
                FloatVector c = upper0.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(broadcast(FLOATS, x[k + 2]));
                FloatVector d = upper0.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(broadcast(FLOATS, x[k + 3]));
                IntVector indices1 = fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(nibbles);
                IntVector lower1 =
                        indices1.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper1 = lower1.lanewise(LSHR, 16);
                a = lower1.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 4]), a);
                b = lower1.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 5]), b);
                c = upper1.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 6]), c);
                d = upper1.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 7]), d);
                IntVector indices2 = fromMemorySegment(INTS, strips, at + 2 * STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(nibbles);
                IntVector lower2 =
                        indices2.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper2 = lower2.lanewise(LSHR, 16);
                a = lower2.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 8]), a);
                b = lower2.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 9]), b);
                c = upper2.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 10]), c);
                d = upper2.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 11]), d);
                IntVector indices3 = fromMemorySegment(INTS, strips, at + 3 * STEP, LITTLE_ENDIAN)
                        .lanewise(LSHR, shift)
                        .and(nibbles);
                IntVector lower3 =
                        indices3.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper3 = lower3.lanewise(LSHR, 16);
                a = lower3.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 12]), a);
                b = lower3.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 13]), b);
                c = upper3.and(mask0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(broadcast(FLOATS, x[k + 14]), c);
                d = upper3.and(mask1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(broadcast(FLOATS, x[k + 15]), d);
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }
}
