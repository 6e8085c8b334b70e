package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.LEVELS;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.SIGN_BITS;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Dequantisation of one strip into a panel {@code [cols][PANEL_ROWS]}:
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
            long unitAt,
            int units,
            float[] scales,
            float[] minima,
            float[] panel,
            int line) {
        if (units == 0) {
            return;
        }
        IntVector byte0 = IntVector.broadcast(INTS, 0xff);
        IntVector byte1 = IntVector.broadcast(INTS, 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, VectorLanes.power(0));
        IntVector power1 = IntVector.broadcast(INTS, VectorLanes.power(8));
        FloatVector offset0 = FloatVector.broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = FloatVector.broadcast(FLOATS, 0x1p15f + format.bias());
        IntVector signs = IntVector.broadcast(INTS, SIGN_BITS);
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                FloatVector scale = FloatVector.fromArray(FLOATS, scales, scaleAt);
                FloatVector minimum = FloatVector.fromArray(FLOATS, minima, scaleAt);
                for (int word = 0; word < StripFormat.WORDS; word++) {
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
                    w0.fma(scale, minimum).intoArray(panel, line);
                    w1.fma(scale, minimum).intoArray(panel, line + PANEL_ROWS);
                    w2.fma(scale, minimum).intoArray(panel, line + 2 * PANEL_ROWS);
                    w3.fma(scale, minimum).intoArray(panel, line + 3 * PANEL_ROWS);
                    line += 4 * PANEL_ROWS;
                }
                scaleAt += LANES;
            }
        }
    }

    /** Bit fields of equal width: nibbles or pairs. */
    static void fields(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] minima,
            float[] panel,
            int line) {
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
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                FloatVector scale = FloatVector.fromArray(FLOATS, scales, scaleAt);
                FloatVector minimum = FloatVector.fromArray(FLOATS, minima, scaleAt);
                for (int word = 0; word < StripFormat.WORDS; word++) {
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
                    w0.fma(scale, minimum).intoArray(panel, line);
                    w1.fma(scale, minimum).intoArray(panel, line + PANEL_ROWS);
                    w2.fma(scale, minimum).intoArray(panel, line + 2 * PANEL_ROWS);
                    w3.fma(scale, minimum).intoArray(panel, line + 3 * PANEL_ROWS);
                    line += 4 * PANEL_ROWS;
                }
                scaleAt += LANES;
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
            int line) {
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
                int high = line + FiveBitCodes.HALF * PANEL_ROWS;
                w0.fma(scale, minimum).intoArray(panel, line);
                w1.fma(scale, minimum).intoArray(panel, line + PANEL_ROWS);
                w2.fma(scale, minimum).intoArray(panel, line + 2 * PANEL_ROWS);
                w3.fma(scale, minimum).intoArray(panel, high);
                w4.fma(scale, minimum).intoArray(panel, high + PANEL_ROWS);
                w5.fma(scale, minimum).intoArray(panel, high + 2 * PANEL_ROWS);
                line += FiveBitCodes.HALF_CODES * PANEL_ROWS;
            }
            IntVector last0 = last.lanewise(VectorOperators.LSHR, 11).and(mask0);
            IntVector last1 = last.lanewise(VectorOperators.LSHR, 27);
            FloatVector w15 = last0.or(power0).reinterpretAsFloats().sub(offset0);
            FloatVector w31 = last1.or(power0).reinterpretAsFloats().sub(offset0);
            w15.fma(scale, minimum).intoArray(panel, line);
            w31.fma(scale, minimum).intoArray(panel, line + FiveBitCodes.HALF * PANEL_ROWS);
            line += (FiveBitCodes.HALF + 1) * PANEL_ROWS;
        }
    }

    /** Bit fields whose high bits are in a plane of their own. */
    static void splitFields(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] minima,
            float[] panel,
            int line) {
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
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        long highStep = format.highStep();
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                int turn = format.highTurn(group);
                long high = unitAt + format.highOffset(group);
                FloatVector scale = FloatVector.fromArray(FLOATS, scales, scaleAt);
                FloatVector minimum = FloatVector.fromArray(FLOATS, minima, scaleAt);
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
                    w0.fma(scale, minimum).intoArray(panel, line);
                    w1.fma(scale, minimum).intoArray(panel, line + PANEL_ROWS);
                    w2.fma(scale, minimum).intoArray(panel, line + 2 * PANEL_ROWS);
                    w3.fma(scale, minimum).intoArray(panel, line + 3 * PANEL_ROWS);
                    line += 4 * PANEL_ROWS;
                }
                scaleAt += LANES;
            }
        }
    }

    /** Nibbles that choose among the uneven levels of IQ4_NL and IQ4_XS. */
    static void levels(
            StripFormat format,
            MemorySegment strips,
            long unitAt,
            int units,
            float[] scales,
            float[] minima,
            float[] panel,
            int line) {
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
        int groups = format.groups();
        long unitBytes = format.unitBytes();
        int scaleAt = 0;
        for (int unit = 0; unit < units; unit++, unitAt += unitBytes) {
            for (int group = 0; group < groups; group++) {
                long at = unitAt + format.offset(group);
                int shift = format.shift(group);
                FloatVector scale = FloatVector.fromArray(FLOATS, scales, scaleAt);
                FloatVector minimum = FloatVector.fromArray(FLOATS, minima, scaleAt);
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
                    w0.fma(scale, minimum).intoArray(panel, line);
                    w1.fma(scale, minimum).intoArray(panel, line + PANEL_ROWS);
                    w2.fma(scale, minimum).intoArray(panel, line + 2 * PANEL_ROWS);
                    w3.fma(scale, minimum).intoArray(panel, line + 3 * PANEL_ROWS);
                    line += 4 * PANEL_ROWS;
                }
                scaleAt += LANES;
            }
        }
    }
}
