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
 * they are alike on purpose: vectors that cross a call are boxed unless C2 inlines the call, and it stops inlining after
 * some hundred vector operations, so that a loop body must use the Vector API directly and be small. Scales come from
 * an array for the same reason. Four sums a group: groups that follow each other overlap in the processor and hide the
 * latency of the multiply-add together.
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
        int words = format.words();
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                FloatVector a = FloatVector.zero(FLOATS);
                FloatVector b = FloatVector.zero(FLOATS);
                FloatVector c = FloatVector.zero(FLOATS);
                FloatVector d = FloatVector.zero(FLOATS);
                for (int word = 0; word < words; word++) {
                    IntVector lower = IntVector.fromMemorySegment(INTS, strips, at + word * STEP, LE)
                            .lanewise(VectorOperators.XOR, signs);
                    IntVector upper = lower.lanewise(VectorOperators.LSHR, 16);
                    FloatVector w0 =
                            lower.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w1 =
                            lower.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    FloatVector w2 =
                            upper.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w3 =
                            upper.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    int i = k + 4 * word;
                    a = w0.fma(FloatVector.broadcast(FLOATS, x[i]), a);
                    b = w1.fma(FloatVector.broadcast(FLOATS, x[i + 1]), b);
                    c = w2.fma(FloatVector.broadcast(FLOATS, x[i + 2]), c);
                    d = w3.fma(FloatVector.broadcast(FLOATS, x[i + 3]), d);
                }
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
                k += 4 * words;
                scaleAt += LANES;
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
        int words = format.words();
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                FloatVector a = FloatVector.zero(FLOATS);
                FloatVector b = FloatVector.zero(FLOATS);
                FloatVector c = FloatVector.zero(FLOATS);
                FloatVector d = FloatVector.zero(FLOATS);
                for (int word = 0; word < words; word++) {
                    IntVector lower = IntVector.fromMemorySegment(INTS, strips, at + word * STEP, LE)
                            .lanewise(VectorOperators.LSHR, shift)
                            .and(mask);
                    IntVector upper = lower.lanewise(VectorOperators.LSHR, 16);
                    FloatVector w0 =
                            lower.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w1 =
                            lower.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    FloatVector w2 =
                            upper.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w3 =
                            upper.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    int i = k + 4 * word;
                    a = w0.fma(FloatVector.broadcast(FLOATS, x[i]), a);
                    b = w1.fma(FloatVector.broadcast(FLOATS, x[i + 1]), b);
                    c = w2.fma(FloatVector.broadcast(FLOATS, x[i + 2]), c);
                    d = w3.fma(FloatVector.broadcast(FLOATS, x[i + 3]), d);
                }
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
                k += 4 * words;
                scaleAt += LANES;
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
        int words = format.words();
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        long highStep = format.highStep();
        int turnStep = format.highTurnStep();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                int turn = format.highTurn(group);
                long high = unitAt + format.highOffset(group);
                FloatVector a = FloatVector.zero(FLOATS);
                FloatVector b = FloatVector.zero(FLOATS);
                FloatVector c = FloatVector.zero(FLOATS);
                FloatVector d = FloatVector.zero(FLOATS);
                for (int word = 0; word < words; word++) {
                    IntVector highBits = IntVector.fromMemorySegment(INTS, strips, high + word * highStep, LE)
                            .lanewise(VectorOperators.ROR, turn + word * turnStep)
                            .and(highMask);
                    IntVector lower = IntVector.fromMemorySegment(INTS, strips, at + word * STEP, LE)
                            .lanewise(VectorOperators.LSHR, shift)
                            .and(mask)
                            .or(highBits);
                    IntVector upper = lower.lanewise(VectorOperators.LSHR, 16);
                    FloatVector w0 =
                            lower.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w1 =
                            lower.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    FloatVector w2 =
                            upper.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w3 =
                            upper.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    int i = k + 4 * word;
                    a = w0.fma(FloatVector.broadcast(FLOATS, x[i]), a);
                    b = w1.fma(FloatVector.broadcast(FLOATS, x[i + 1]), b);
                    c = w2.fma(FloatVector.broadcast(FLOATS, x[i + 2]), c);
                    d = w3.fma(FloatVector.broadcast(FLOATS, x[i + 3]), d);
                }
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
                k += 4 * words;
                scaleAt += LANES;
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
        int words = format.words();
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int k = 0;
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                FloatVector a = FloatVector.zero(FLOATS);
                FloatVector b = FloatVector.zero(FLOATS);
                FloatVector c = FloatVector.zero(FLOATS);
                FloatVector d = FloatVector.zero(FLOATS);
                for (int word = 0; word < words; word++) {
                    IntVector indices = IntVector.fromMemorySegment(INTS, strips, at + word * STEP, LE)
                            .lanewise(VectorOperators.LSHR, shift)
                            .and(mask);
                    IntVector lower =
                            indices.reinterpretAsBytes().selectFrom(LEVELS).reinterpretAsInts();
                    IntVector upper = lower.lanewise(VectorOperators.LSHR, 16);
                    FloatVector w0 =
                            lower.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w1 =
                            lower.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    FloatVector w2 =
                            upper.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                    FloatVector w3 =
                            upper.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                    int i = k + 4 * word;
                    a = w0.fma(FloatVector.broadcast(FLOATS, x[i]), a);
                    b = w1.fma(FloatVector.broadcast(FLOATS, x[i + 1]), b);
                    c = w2.fma(FloatVector.broadcast(FLOATS, x[i + 2]), c);
                    d = w3.fma(FloatVector.broadcast(FLOATS, x[i + 3]), d);
                }
                sum = a.add(b).add(c.add(d)).fma(FloatVector.fromArray(FLOATS, scales, scaleAt), sum);
                k += 4 * words;
                scaleAt += LANES;
            }
        }
        sum.intoArray(out, outOffset);
    }
}
