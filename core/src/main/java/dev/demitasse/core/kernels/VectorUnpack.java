package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.LEVELS;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Dequantisation of a segment of one strip into a panel {@code [cols][LANES]}:
 * {@code (code - bias) * scale[group, lane] + minimum[group, lane]}. The twin of {@link VectorDot}, which explains why
 * its methods are alike.
 */
final class VectorUnpack {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final long STEP = 4L * LANES;

    private VectorUnpack() {}

    /** Signed bytes (Q8_0). */
    static void bytes(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int units,
            float[] scales,
            float[] panel,
            int panelAt) {
        if (units == 0) {
            return;
        }
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, VectorLanes.power(0) ^ 0x80);
        IntVector power1 = IntVector.broadcast(INTS, VectorLanes.power(8) ^ 0x8000);
        FloatVector offset0 = FloatVector.broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, 0x1p15f + format.bias());
        int groups = units * format.groups();
        for (int group = 0; group < groups; group++) {
            long at = codesAt + group * (StripFormat.WORDS * STEP);
            int to = panelAt + group * (StripFormat.COLS * LANES);
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, group * LANES);
            for (int word = 0; word < StripFormat.WORDS; word++) {
                IntVector lower = IntVector.fromMemorySegment(INTS, strips, at + word * STEP, LE);
                IntVector upper = lower.lanewise(VectorOperators.LSHR, 16);
                FloatVector w0 = lower.and(byte0)
                        .lanewise(VectorOperators.XOR, power0)
                        .reinterpretAsFloats()
                        .sub(offset0);
                FloatVector w1 = lower.and(byte1)
                        .lanewise(VectorOperators.XOR, power1)
                        .reinterpretAsFloats()
                        .sub(offset1);
                FloatVector w2 = upper.and(byte0)
                        .lanewise(VectorOperators.XOR, power0)
                        .reinterpretAsFloats()
                        .sub(offset0);
                FloatVector w3 = upper.and(byte1)
                        .lanewise(VectorOperators.XOR, power1)
                        .reinterpretAsFloats()
                        .sub(offset1);
                w0.mul(scale).intoArray(panel, to + 4 * word * LANES);
                w1.mul(scale).intoArray(panel, to + (4 * word + 1) * LANES);
                w2.mul(scale).intoArray(panel, to + (4 * word + 2) * LANES);
                w3.mul(scale).intoArray(panel, to + (4 * word + 3) * LANES);
            }
        }
    }

    /** Bit fields of equal width: nibbles or pairs. */
    static void fields(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int units,
            float[] scales,
            float[] minima,
            float[] panel,
            int panelAt) {
        if (units == 0) {
            return;
        }
        IntVector byte0 = IntVector.broadcast(INTS, format.mask() & 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, format.mask() & 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = IntVector.broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = FloatVector.broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, 0x1p15f + format.bias());
        int groups = format.groups(); // a power of two
        int groupBits = Integer.numberOfTrailingZeros(groups);
        long unitBytes = format.unitBytes();
        for (int group = 0; group < units * groups; group++) {
            int inUnit = group & (groups - 1);
            long unitAt = codesAt + (group >> groupBits) * unitBytes;
            long at = unitAt + format.offset(inUnit);
            int to = panelAt + group * (StripFormat.COLS * LANES);
            int shift = format.shift(inUnit);
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, group * LANES);
            FloatVector minimum = FloatVector.fromArray(FLOATS, minima, group * LANES);
            for (int word = 0; word < StripFormat.WORDS; word++) {
                IntVector lower = IntVector.fromMemorySegment(INTS, strips, at + word * STEP, LE)
                        .lanewise(VectorOperators.LSHR, shift);
                IntVector upper = lower.lanewise(VectorOperators.LSHR, 16);
                FloatVector w0 =
                        lower.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                FloatVector w1 =
                        lower.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                FloatVector w2 =
                        upper.and(byte0).or(power0).reinterpretAsFloats().sub(offset0);
                FloatVector w3 =
                        upper.and(byte1).or(power1).reinterpretAsFloats().sub(offset1);
                w0.fma(scale, minimum).intoArray(panel, to + 4 * word * LANES);
                w1.fma(scale, minimum).intoArray(panel, to + (4 * word + 1) * LANES);
                w2.fma(scale, minimum).intoArray(panel, to + (4 * word + 2) * LANES);
                w3.fma(scale, minimum).intoArray(panel, to + (4 * word + 3) * LANES);
            }
        }
    }

    /** Codes of five bits as {@link FiveBitCodes} arranges them. */
    static void fives(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int blocks,
            float[] scales,
            float[] minima,
            float[] panel,
            int panelAt) {
        if (blocks == 0) {
            return;
        }
        IntVector mask0 = IntVector.broadcast(INTS, 0x1f);
        IntVector mask1 = IntVector.broadcast(INTS, 0x1f << 5);
        IntVector mask2 = IntVector.broadcast(INTS, 0x1f << 10);
        IntVector power0 = IntVector.broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = IntVector.broadcast(INTS, VectorLanes.power(5));
        IntVector power2 = IntVector.broadcast(INTS, VectorLanes.power(10));
        FloatVector offset0 = FloatVector.broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, 0x1p18f + format.bias());
        FloatVector offset2 = FloatVector.broadcast(FLOATS, 0x1p13f + format.bias());
        IntVector lastBits = IntVector.broadcast(INTS, 0x80008000);
        for (int block = 0; block < blocks; block++) {
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, block * 2 * LANES);
            FloatVector minimum = FloatVector.fromArray(FLOATS, minima, block * 2 * LANES);
            int to = panelAt + block * (2 * StripFormat.COLS * LANES);
            int high = to + FiveBitCodes.HALF * LANES;
            IntVector last = IntVector.zero(INTS);
            for (int word = 0; word < FiveBitCodes.WORDS; word++) {
                long at = codesAt + (block * (long) FiveBitCodes.WORDS + word) * STEP;
                IntVector lower = IntVector.fromMemorySegment(INTS, strips, at, LE);
                IntVector upper = lower.lanewise(VectorOperators.LSHR, 16);
                last = last.lanewise(VectorOperators.LSHR, 1).or(lower.and(lastBits));
                FloatVector w0 =
                        lower.and(mask0).or(power0).reinterpretAsFloats().sub(offset0);
                FloatVector w1 =
                        lower.and(mask1).or(power1).reinterpretAsFloats().sub(offset1);
                FloatVector w2 =
                        lower.and(mask2).or(power2).reinterpretAsFloats().sub(offset2);
                FloatVector w3 =
                        upper.and(mask0).or(power0).reinterpretAsFloats().sub(offset0);
                FloatVector w4 =
                        upper.and(mask1).or(power1).reinterpretAsFloats().sub(offset1);
                FloatVector w5 =
                        upper.and(mask2).or(power2).reinterpretAsFloats().sub(offset2);
                int k = FiveBitCodes.HALF_CODES * word;
                w0.fma(scale, minimum).intoArray(panel, to + k * LANES);
                w1.fma(scale, minimum).intoArray(panel, to + (k + 1) * LANES);
                w2.fma(scale, minimum).intoArray(panel, to + (k + 2) * LANES);
                w3.fma(scale, minimum).intoArray(panel, high + k * LANES);
                w4.fma(scale, minimum).intoArray(panel, high + (k + 1) * LANES);
                w5.fma(scale, minimum).intoArray(panel, high + (k + 2) * LANES);
            }
            IntVector last0 = last.lanewise(VectorOperators.LSHR, 11).and(mask0);
            IntVector last1 = last.lanewise(VectorOperators.LSHR, 27);
            FloatVector w15 = last0.or(power0).reinterpretAsFloats().sub(offset0);
            FloatVector w31 = last1.or(power0).reinterpretAsFloats().sub(offset0);
            w15.fma(scale, minimum).intoArray(panel, to + (FiveBitCodes.HALF - 1) * LANES);
            w31.fma(scale, minimum).intoArray(panel, high + (FiveBitCodes.HALF - 1) * LANES);
        }
    }

    /** Bit fields whose high bits are in a plane of their own. */
    static void splitFields(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int units,
            float[] scales,
            float[] minima,
            float[] panel,
            int panelAt) {
        if (units == 0) {
            return;
        }
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = IntVector.broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = FloatVector.broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, 0x1p15f + format.bias());
        IntVector mask = IntVector.broadcast(INTS, format.mask());
        IntVector highMask = IntVector.broadcast(INTS, format.highMask());
        int groups = format.groups(); // a power of two
        int groupBits = Integer.numberOfTrailingZeros(groups);
        long unitBytes = format.unitBytes();
        long highStep = format.highStep();
        for (int group = 0; group < units * groups; group++) {
            int inUnit = group & (groups - 1);
            long unitAt = codesAt + (group >> groupBits) * unitBytes;
            long at = unitAt + format.offset(inUnit);
            int to = panelAt + group * (StripFormat.COLS * LANES);
            int shift = format.shift(inUnit);
            int turn = format.highTurn(inUnit);
            long high = unitAt + format.highOffset(inUnit);
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, group * LANES);
            FloatVector minimum = FloatVector.fromArray(FLOATS, minima, group * LANES);
            for (int word = 0; word < StripFormat.WORDS; word++) {
                IntVector highBits = IntVector.fromMemorySegment(INTS, strips, high + word * highStep, LE)
                        .lanewise(VectorOperators.ROR, turn)
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
                w0.fma(scale, minimum).intoArray(panel, to + 4 * word * LANES);
                w1.fma(scale, minimum).intoArray(panel, to + (4 * word + 1) * LANES);
                w2.fma(scale, minimum).intoArray(panel, to + (4 * word + 2) * LANES);
                w3.fma(scale, minimum).intoArray(panel, to + (4 * word + 3) * LANES);
            }
        }
    }

    /** Nibbles that choose among the uneven levels of IQ4_NL and IQ4_XS. */
    static void levels(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int units,
            float[] scales,
            float[] minima,
            float[] panel,
            int panelAt) {
        if (units == 0) {
            return;
        }
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = IntVector.broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = FloatVector.broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, 0x1p15f + format.bias());
        IntVector mask = IntVector.broadcast(INTS, format.mask());
        int groups = format.groups(); // a power of two
        int groupBits = Integer.numberOfTrailingZeros(groups);
        long unitBytes = format.unitBytes();
        for (int group = 0; group < units * groups; group++) {
            int inUnit = group & (groups - 1);
            long unitAt = codesAt + (group >> groupBits) * unitBytes;
            long at = unitAt + format.offset(inUnit);
            int to = panelAt + group * (StripFormat.COLS * LANES);
            int shift = format.shift(inUnit);
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, group * LANES);
            FloatVector minimum = FloatVector.fromArray(FLOATS, minima, group * LANES);
            for (int word = 0; word < StripFormat.WORDS; word++) {
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
                w0.fma(scale, minimum).intoArray(panel, to + 4 * word * LANES);
                w1.fma(scale, minimum).intoArray(panel, to + (4 * word + 1) * LANES);
                w2.fma(scale, minimum).intoArray(panel, to + (4 * word + 2) * LANES);
                w3.fma(scale, minimum).intoArray(panel, to + (4 * word + 3) * LANES);
            }
        }
    }
}
