package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.BITS_OF_2_POW_15;
import static dev.demitasse.core.kernels.VectorLanes.BITS_OF_2_POW_23;
import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.LEVELS;
import static dev.demitasse.core.kernels.VectorLanes.SIGN_BITS;
import static dev.demitasse.core.kernels.VectorLanes.TWO_POW_15;
import static dev.demitasse.core.kernels.VectorLanes.TWO_POW_23;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of one strip with one row of activations:
 * {@code out[outOffset + lane] += sum over groups of scale[group, lane] * sum over c of (code[lane, c] - bias) * x[c]}.
 *
 * <p>One method for each way in which a format keeps the codes of four consecutive columns in a word. Beyond that step
 * they are alike, and a group's four words are written out, on purpose: vectors that cross a call are boxed unless C2
 * inlines the call, and it stops inlining after some hundred vector operations, so that these loops must use the Vector
 * API directly. Written out, C2 merges the range checks of a group's columns; an inner loop over words was a third
 * slower. Scales come from an array for the same reason. Four sums a group: groups that follow each other overlap in the
 * processor and hide the latency of the multiply-add together.
 *
 * <p>A byte becomes a float by three operations on all rows at once, see {@link VectorLanes#TWO_POW_23}.
 */
final class VectorDot {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final long STEP = 4L * LANES;

    private VectorDot() {}

    /** Signed bytes (Q8_0). */
    static void bytes(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, BITS_OF_2_POW_23);
        IntVector power1 = IntVector.broadcast(INTS, BITS_OF_2_POW_15);
        FloatVector offset0 = FloatVector.broadcast(FLOATS, TWO_POW_23 + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, TWO_POW_15 + format.bias());
        IntVector signs = IntVector.broadcast(INTS, SIGN_BITS);
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++, k += StripFormat.COLS, scaleAt += LANES) {
                long at = unitAt + format.offset(group);
                IntVector lower0 =
                        IntVector.fromMemorySegment(INTS, strips, at, LE).lanewise(VectorOperators.XOR, signs);
                IntVector upper0 = lower0.lanewise(VectorOperators.LSHR, 16);
                FloatVector a = lower0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k]));
                FloatVector b = lower0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 1]));
                FloatVector c = upper0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 2]));
                FloatVector d = upper0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 3]));
                IntVector lower1 =
                        IntVector.fromMemorySegment(INTS, strips, at + STEP, LE).lanewise(VectorOperators.XOR, signs);
                IntVector upper1 = lower1.lanewise(VectorOperators.LSHR, 16);
                a = lower1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 4]), a);
                b = lower1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 5]), b);
                c = upper1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 6]), c);
                d = upper1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 7]), d);
                IntVector lower2 = IntVector.fromMemorySegment(INTS, strips, at + 2 * STEP, LE)
                        .lanewise(VectorOperators.XOR, signs);
                IntVector upper2 = lower2.lanewise(VectorOperators.LSHR, 16);
                a = lower2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 8]), a);
                b = lower2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 9]), b);
                c = upper2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 10]), c);
                d = upper2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 11]), d);
                IntVector lower3 = IntVector.fromMemorySegment(INTS, strips, at + 3 * STEP, LE)
                        .lanewise(VectorOperators.XOR, signs);
                IntVector upper3 = lower3.lanewise(VectorOperators.LSHR, 16);
                a = lower3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 12]), a);
                b = lower3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 13]), b);
                c = upper3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 14]), c);
                d = upper3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 15]), d);
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    /** Bit fields of equal width: nibbles or pairs. */
    static void fields(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, BITS_OF_2_POW_23);
        IntVector power1 = IntVector.broadcast(INTS, BITS_OF_2_POW_15);
        FloatVector offset0 = FloatVector.broadcast(FLOATS, TWO_POW_23 + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, TWO_POW_15 + format.bias());
        IntVector mask = IntVector.broadcast(INTS, format.mask());
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++, k += StripFormat.COLS, scaleAt += LANES) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                IntVector lower0 = IntVector.fromMemorySegment(INTS, strips, at, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector upper0 = lower0.lanewise(VectorOperators.LSHR, 16);
                FloatVector a = lower0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k]));
                FloatVector b = lower0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 1]));
                FloatVector c = upper0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 2]));
                FloatVector d = upper0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 3]));
                IntVector lower1 = IntVector.fromMemorySegment(INTS, strips, at + STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector upper1 = lower1.lanewise(VectorOperators.LSHR, 16);
                a = lower1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 4]), a);
                b = lower1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 5]), b);
                c = upper1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 6]), c);
                d = upper1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 7]), d);
                IntVector lower2 = IntVector.fromMemorySegment(INTS, strips, at + 2 * STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector upper2 = lower2.lanewise(VectorOperators.LSHR, 16);
                a = lower2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 8]), a);
                b = lower2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 9]), b);
                c = upper2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 10]), c);
                d = upper2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 11]), d);
                IntVector lower3 = IntVector.fromMemorySegment(INTS, strips, at + 3 * STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector upper3 = lower3.lanewise(VectorOperators.LSHR, 16);
                a = lower3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 12]), a);
                b = lower3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 13]), b);
                c = upper3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 14]), c);
                d = upper3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 15]), d);
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }

    /** Bit fields whose high bits are in a plane of their own. */
    static void splitFields(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] x,
            float[] out,
            int outOffset) {
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, BITS_OF_2_POW_23);
        IntVector power1 = IntVector.broadcast(INTS, BITS_OF_2_POW_15);
        FloatVector offset0 = FloatVector.broadcast(FLOATS, TWO_POW_23 + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, TWO_POW_15 + format.bias());
        IntVector mask = IntVector.broadcast(INTS, format.mask());
        IntVector highMask = IntVector.broadcast(INTS, format.highMask());
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        long highStep = format.highStep();
        int turnStep = format.highTurnStep();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++, k += StripFormat.COLS, scaleAt += LANES) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                int turn = format.highTurn(group);
                long high = unitAt + format.highOffset(group);
                IntVector high0 = IntVector.fromMemorySegment(INTS, strips, high, LE)
                        .lanewise(VectorOperators.ROR, turn)
                        .and(highMask);
                IntVector lower0 = IntVector.fromMemorySegment(INTS, strips, at, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask)
                        .or(high0);
                IntVector upper0 = lower0.lanewise(VectorOperators.LSHR, 16);
                FloatVector a = lower0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k]));
                FloatVector b = lower0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 1]));
                FloatVector c = upper0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 2]));
                FloatVector d = upper0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 3]));
                IntVector high1 = IntVector.fromMemorySegment(INTS, strips, high + highStep, LE)
                        .lanewise(VectorOperators.ROR, turn + turnStep)
                        .and(highMask);
                IntVector lower1 = IntVector.fromMemorySegment(INTS, strips, at + STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask)
                        .or(high1);
                IntVector upper1 = lower1.lanewise(VectorOperators.LSHR, 16);
                a = lower1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 4]), a);
                b = lower1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 5]), b);
                c = upper1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 6]), c);
                d = upper1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 7]), d);
                IntVector high2 = IntVector.fromMemorySegment(INTS, strips, high + 2 * highStep, LE)
                        .lanewise(VectorOperators.ROR, turn + 2 * turnStep)
                        .and(highMask);
                IntVector lower2 = IntVector.fromMemorySegment(INTS, strips, at + 2 * STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask)
                        .or(high2);
                IntVector upper2 = lower2.lanewise(VectorOperators.LSHR, 16);
                a = lower2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 8]), a);
                b = lower2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 9]), b);
                c = upper2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 10]), c);
                d = upper2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 11]), d);
                IntVector high3 = IntVector.fromMemorySegment(INTS, strips, high + 3 * highStep, LE)
                        .lanewise(VectorOperators.ROR, turn + 3 * turnStep)
                        .and(highMask);
                IntVector lower3 = IntVector.fromMemorySegment(INTS, strips, at + 3 * STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask)
                        .or(high3);
                IntVector upper3 = lower3.lanewise(VectorOperators.LSHR, 16);
                a = lower3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 12]), a);
                b = lower3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 13]), b);
                c = upper3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 14]), c);
                d = upper3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 15]), d);
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
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, BITS_OF_2_POW_23);
        IntVector power1 = IntVector.broadcast(INTS, BITS_OF_2_POW_15);
        FloatVector offset0 = FloatVector.broadcast(FLOATS, TWO_POW_23 + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, TWO_POW_15 + format.bias());
        IntVector mask = IntVector.broadcast(INTS, format.mask());
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++, k += StripFormat.COLS, scaleAt += LANES) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                IntVector indices0 = IntVector.fromMemorySegment(INTS, strips, at, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector lower0 =
                        indices0.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper0 = lower0.lanewise(VectorOperators.LSHR, 16);
                FloatVector a = lower0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k]));
                FloatVector b = lower0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 1]));
                FloatVector c = upper0.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 2]));
                FloatVector d = upper0.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .mul(FloatVector.broadcast(FLOATS, x[k + 3]));
                IntVector indices1 = IntVector.fromMemorySegment(INTS, strips, at + STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector lower1 =
                        indices1.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper1 = lower1.lanewise(VectorOperators.LSHR, 16);
                a = lower1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 4]), a);
                b = lower1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 5]), b);
                c = upper1.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 6]), c);
                d = upper1.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 7]), d);
                IntVector indices2 = IntVector.fromMemorySegment(INTS, strips, at + 2 * STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector lower2 =
                        indices2.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper2 = lower2.lanewise(VectorOperators.LSHR, 16);
                a = lower2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 8]), a);
                b = lower2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 9]), b);
                c = upper2.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 10]), c);
                d = upper2.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 11]), d);
                IntVector indices3 = IntVector.fromMemorySegment(INTS, strips, at + 3 * STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift)
                        .and(mask);
                IntVector lower3 =
                        indices3.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                IntVector upper3 = lower3.lanewise(VectorOperators.LSHR, 16);
                a = lower3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 12]), a);
                b = lower3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 13]), b);
                c = upper3.and(byte0)
                        .or(power0)
                        .reinterpretAsFloats()
                        .sub(offset0)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 14]), c);
                d = upper3.and(byte1)
                        .or(power1)
                        .reinterpretAsFloats()
                        .sub(offset1)
                        .fma(FloatVector.broadcast(FLOATS, x[k + 15]), d);
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }
}
