package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.WIDE_SHORTS;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ROR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Products of one strip with one row of rounded activations, in integers of 16 bits: {@code out[outOffset + lane] += sum over
 * blocks of scale[block, lane] * xScale[block] * sum over c of (code[lane, c] - bias) * xCode[c]}.
 *
 * <p>A word of codes is two halves, and each is multiplied by factors that make masks unnecessary: {@link PairedRow} has the
 * algebra. The inner sum is exact. Against {@link VectorDot} that saves the conversion of each code and does twice as many
 * products an instruction.
 *
 * <p>The bias here is that of {@link PairedRow.Order}; what a format's own differs from it by is part of the minima. Why the methods
 * are alike, and written out: see {@link VectorDot}.
 */
final class VectorIntDot {
    private static final long STEP = 4L * LANES;

    private VectorIntDot() {}

    /** Blocks of 32 nibbles, four in each half of a word. */
    static void nibbles(
            MemorySegment strips,
            long codesAt,
            int blocks,
            float[] scales,
            float[] pairs,
            float[] starts,
            float[] xScales,
            float[] out,
            int outOffset) {
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        for (int block = 0; block < blocks; block++) {
            ShortVector a = broadcast(FLOATS, starts[block]).reinterpretAsShorts();
            ShortVector b = ShortVector.zero(WIDE_SHORTS);
            long at = codesAt + block * (StripFormat.WORDS * STEP);
            int k = block * 16;
            IntVector word0 = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            a = word0.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k]).reinterpretAsShorts())
                    .add(a);
            b = word0.lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 1]).reinterpretAsShorts())
                    .add(b);
            a = word0.lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 2]).reinterpretAsShorts())
                    .add(a);
            b = word0.lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 3]).reinterpretAsShorts())
                    .add(b);
            IntVector word1 = fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN);
            a = word1.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 4]).reinterpretAsShorts())
                    .add(a);
            b = word1.lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 5]).reinterpretAsShorts())
                    .add(b);
            a = word1.lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 6]).reinterpretAsShorts())
                    .add(a);
            b = word1.lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 7]).reinterpretAsShorts())
                    .add(b);
            IntVector word2 = fromMemorySegment(INTS, strips, at + 2 * STEP, LITTLE_ENDIAN);
            a = word2.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 8]).reinterpretAsShorts())
                    .add(a);
            b = word2.lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 9]).reinterpretAsShorts())
                    .add(b);
            a = word2.lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 10]).reinterpretAsShorts())
                    .add(a);
            b = word2.lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 11]).reinterpretAsShorts())
                    .add(b);
            IntVector word3 = fromMemorySegment(INTS, strips, at + 3 * STEP, LITTLE_ENDIAN);
            a = word3.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 12]).reinterpretAsShorts())
                    .add(a);
            b = word3.lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 13]).reinterpretAsShorts())
                    .add(b);
            a = word3.lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 14]).reinterpretAsShorts())
                    .add(a);
            b = word3.lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 15]).reinterpretAsShorts())
                    .add(b);
            IntVector both = a.add(b).reinterpretAsInts();
            IntVector total = both.add(both.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            sum = ((FloatVector) total.convertShape(I2F, FLOATS, 0))
                    .mul(broadcast(FLOATS, xScales[block]))
                    .fma(FloatVector.fromArray(FLOATS, scales, block * LANES), sum);
        }
        sum.intoArray(out, outOffset);
    }

    /** Blocks of 32 codes as {@link FiveBitCodes} arranges them. */
    static void fives(
            MemorySegment strips,
            long codesAt,
            int blocks,
            float[] scales,
            float[] pairs,
            float[] starts,
            float[] xScales,
            float[] out,
            int outOffset) {
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        for (int block = 0; block < blocks; block++) {
            ShortVector a = broadcast(FLOATS, starts[block]).reinterpretAsShorts();
            ShortVector b = ShortVector.zero(WIDE_SHORTS);
            long at = codesAt + block * (FiveBitCodes.WORDS * STEP);
            int k = block * 20;
            IntVector word0 = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
            a = word0.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k]).reinterpretAsShorts())
                    .add(a);
            b = word0.lanewise(LSHR, 5)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 1]).reinterpretAsShorts())
                    .add(b);
            a = word0.lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 2]).reinterpretAsShorts())
                    .add(a);
            b = word0.lanewise(LSHR, 15)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 3]).reinterpretAsShorts())
                    .add(b);
            IntVector word1 = fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN);
            a = word1.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 4]).reinterpretAsShorts())
                    .add(a);
            b = word1.lanewise(LSHR, 5)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 5]).reinterpretAsShorts())
                    .add(b);
            a = word1.lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 6]).reinterpretAsShorts())
                    .add(a);
            b = word1.lanewise(LSHR, 15)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 7]).reinterpretAsShorts())
                    .add(b);
            IntVector word2 = fromMemorySegment(INTS, strips, at + 2 * STEP, LITTLE_ENDIAN);
            a = word2.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 8]).reinterpretAsShorts())
                    .add(a);
            b = word2.lanewise(LSHR, 5)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 9]).reinterpretAsShorts())
                    .add(b);
            a = word2.lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 10]).reinterpretAsShorts())
                    .add(a);
            b = word2.lanewise(LSHR, 15)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 11]).reinterpretAsShorts())
                    .add(b);
            IntVector word3 = fromMemorySegment(INTS, strips, at + 3 * STEP, LITTLE_ENDIAN);
            a = word3.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 12]).reinterpretAsShorts())
                    .add(a);
            b = word3.lanewise(LSHR, 5)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 13]).reinterpretAsShorts())
                    .add(b);
            a = word3.lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 14]).reinterpretAsShorts())
                    .add(a);
            b = word3.lanewise(LSHR, 15)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 15]).reinterpretAsShorts())
                    .add(b);
            IntVector word4 = fromMemorySegment(INTS, strips, at + 4 * STEP, LITTLE_ENDIAN);
            a = word4.reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 16]).reinterpretAsShorts())
                    .add(a);
            b = word4.lanewise(LSHR, 5)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 17]).reinterpretAsShorts())
                    .add(b);
            a = word4.lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 18]).reinterpretAsShorts())
                    .add(a);
            b = word4.lanewise(LSHR, 15)
                    .reinterpretAsShorts()
                    .mul(broadcast(FLOATS, pairs[k + 19]).reinterpretAsShorts())
                    .add(b);
            IntVector both = a.add(b).reinterpretAsInts();
            IntVector total = both.add(both.lanewise(LSHL, 16)).lanewise(ASHR, 16);
            sum = ((FloatVector) total.convertShape(I2F, FLOATS, 0))
                    .mul(broadcast(FLOATS, xScales[block]))
                    .fma(FloatVector.fromArray(FLOATS, scales, block * LANES), sum);
        }
        sum.intoArray(out, outOffset);
    }

    /** Groups of 16 nibbles with high bits in a plane of their own (Q6_K): two groups share words, and have scales of their own. */
    static void splitNibbles(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] pairs,
            float[] starts,
            float[] xScales,
            float[] out,
            int outOffset) {
        IntVector nibbles = IntVector.broadcast(INTS, format.mask());
        IntVector highMask = IntVector.broadcast(INTS, format.highMask());
        int groupPairs = format.groups() / 2;
        int distance = format.pairDistance();
        long unitBytes = format.unitBytes();
        long highStep = format.highStep();
        FloatVector sum = FloatVector.fromArray(FLOATS, out, outOffset);
        int firstGroup = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes, firstGroup += 2 * groupPairs) {
            for (int pair = 0; pair < groupPairs; pair++) {
                int low = 2 * (pair & -distance) | (pair & (distance - 1));
                long at = unitAt + format.offset(low);
                long planeAt = unitAt + format.highOffset(low);
                int lowTurn = format.highTurn(low);
                int highTurn = format.highTurn(low + distance);
                int lowGroup = firstGroup + low;
                int highGroup = lowGroup + distance;
                ShortVector a = broadcast(FLOATS, starts[lowGroup]).reinterpretAsShorts();
                ShortVector b = broadcast(FLOATS, starts[highGroup]).reinterpretAsShorts();
                int k = lowGroup * 8;
                int h = highGroup * 8;
                IntVector word0 = fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN);
                IntVector plane0 = fromMemorySegment(INTS, strips, planeAt, LITTLE_ENDIAN);
                IntVector low0 =
                        word0.and(nibbles).or(plane0.lanewise(ROR, lowTurn).and(highMask));
                IntVector high0 = word0.lanewise(LSHR, 4)
                        .and(nibbles)
                        .or(plane0.lanewise(ROR, highTurn).and(highMask));
                a = low0.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k]).reinterpretAsShorts())
                        .add(a);
                a = low0.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k + 1]).reinterpretAsShorts())
                        .add(a);
                b = high0.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h]).reinterpretAsShorts())
                        .add(b);
                b = high0.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h + 1]).reinterpretAsShorts())
                        .add(b);
                IntVector word1 = fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN);
                IntVector plane1 = fromMemorySegment(INTS, strips, planeAt + highStep, LITTLE_ENDIAN);
                IntVector low1 =
                        word1.and(nibbles).or(plane1.lanewise(ROR, lowTurn).and(highMask));
                IntVector high1 = word1.lanewise(LSHR, 4)
                        .and(nibbles)
                        .or(plane1.lanewise(ROR, highTurn).and(highMask));
                a = low1.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k + 2]).reinterpretAsShorts())
                        .add(a);
                a = low1.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k + 3]).reinterpretAsShorts())
                        .add(a);
                b = high1.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h + 2]).reinterpretAsShorts())
                        .add(b);
                b = high1.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h + 3]).reinterpretAsShorts())
                        .add(b);
                IntVector word2 = fromMemorySegment(INTS, strips, at + 2 * STEP, LITTLE_ENDIAN);
                IntVector plane2 = fromMemorySegment(INTS, strips, planeAt + 2 * highStep, LITTLE_ENDIAN);
                IntVector low2 =
                        word2.and(nibbles).or(plane2.lanewise(ROR, lowTurn).and(highMask));
                IntVector high2 = word2.lanewise(LSHR, 4)
                        .and(nibbles)
                        .or(plane2.lanewise(ROR, highTurn).and(highMask));
                a = low2.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k + 4]).reinterpretAsShorts())
                        .add(a);
                a = low2.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k + 5]).reinterpretAsShorts())
                        .add(a);
                b = high2.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h + 4]).reinterpretAsShorts())
                        .add(b);
                b = high2.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h + 5]).reinterpretAsShorts())
                        .add(b);
                IntVector word3 = fromMemorySegment(INTS, strips, at + 3 * STEP, LITTLE_ENDIAN);
                IntVector plane3 = fromMemorySegment(INTS, strips, planeAt + 3 * highStep, LITTLE_ENDIAN);
                IntVector low3 =
                        word3.and(nibbles).or(plane3.lanewise(ROR, lowTurn).and(highMask));
                IntVector high3 = word3.lanewise(LSHR, 4)
                        .and(nibbles)
                        .or(plane3.lanewise(ROR, highTurn).and(highMask));
                a = low3.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k + 6]).reinterpretAsShorts())
                        .add(a);
                a = low3.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[k + 7]).reinterpretAsShorts())
                        .add(a);
                b = high3.reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h + 6]).reinterpretAsShorts())
                        .add(b);
                b = high3.lanewise(LSHR, 8)
                        .reinterpretAsShorts()
                        .mul(broadcast(FLOATS, pairs[h + 7]).reinterpretAsShorts())
                        .add(b);
                IntVector lowBoth = a.reinterpretAsInts();
                IntVector highBoth = b.reinterpretAsInts();
                IntVector lowTotal = lowBoth.add(lowBoth.lanewise(LSHL, 16)).lanewise(ASHR, 16);
                IntVector highTotal = highBoth.add(highBoth.lanewise(LSHL, 16)).lanewise(ASHR, 16);
                sum = ((FloatVector) lowTotal.convertShape(I2F, FLOATS, 0))
                        .mul(broadcast(FLOATS, xScales[lowGroup >> 1]))
                        .fma(FloatVector.fromArray(FLOATS, scales, lowGroup * LANES), sum);
                sum = ((FloatVector) highTotal.convertShape(I2F, FLOATS, 0))
                        .mul(broadcast(FLOATS, xScales[highGroup >> 1]))
                        .fma(FloatVector.fromArray(FLOATS, scales, highGroup * LANES), sum);
            }
        }
        sum.intoArray(out, outOffset);
    }
}
