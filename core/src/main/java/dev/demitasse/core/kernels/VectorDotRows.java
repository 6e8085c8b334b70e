package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products of one strip with four rows of activations at once: as {@link VectorDot}, but each code is made a float once for
 * four sums. What several conversations that write together need.
 */
final class VectorDotRows {
    /** Rows of activations: their sums and what they are made of fill the registers. */
    static final int ROWS = 4;

    private static final long STEP = 4L * LANES;

    private VectorDotRows() {}

    /**
     * Codes that a shift and a mask bring to the low bits of the bytes of a word: signed bytes, nibbles and pairs.
     *
     * @param packed activations {@code [cols, ROWS]} from {@code packedAt}
     * @param out {@code [ROWS, LANES]} from {@code outAt}, added to
     */
    static void fields(
            StripFormat format,
            MemorySegment strips,
            long codesAt,
            int units,
            float[] scales,
            float[] packed,
            int packedAt,
            float[] out,
            int outAt) {
        int sign = format.codes() == StripFormat.Codes.BYTES ? 0x80 : 0; // turned, it makes a signed byte unsigned
        IntVector mask0 = IntVector.broadcast(INTS, format.mask() & 0xff);
        IntVector mask1 = IntVector.broadcast(INTS, format.mask() & 0xff00);
        IntVector power0 = IntVector.broadcast(INTS, VectorLanes.power(0) ^ sign);
        IntVector power1 = IntVector.broadcast(INTS, VectorLanes.power(8) ^ sign << 8);
        FloatVector offset0 = broadcast(FLOATS, 0x1p23f + format.bias());
        FloatVector offset1 = broadcast(FLOATS, 0x1p15f + format.bias());
        int groups = format.groups(); // a power of two
        int groupBits = Integer.numberOfTrailingZeros(groups);
        long unitBytes = format.unitBytes();
        FloatVector sum0 = FloatVector.fromArray(FLOATS, out, outAt);
        FloatVector sum1 = FloatVector.fromArray(FLOATS, out, outAt + LANES);
        FloatVector sum2 = FloatVector.fromArray(FLOATS, out, outAt + 2 * LANES);
        FloatVector sum3 = FloatVector.fromArray(FLOATS, out, outAt + 3 * LANES);
        // Half a group a turn: a whole one is more than C2 keeps in registers.
        for (int half = 0; half < 2 * units * groups; half++) {
            int group = half >> 1;
            int inUnit = group & (groups - 1);
            long at = codesAt + (group >> groupBits) * unitBytes + format.offset(inUnit) + (half & 1) * (2 * STEP);
            int shift = format.shift(inUnit);
            int k = packedAt + half * (StripFormat.COLS / 2 * ROWS);
            IntVector lower0 =
                    fromMemorySegment(INTS, strips, at, LITTLE_ENDIAN).lanewise(LSHR, shift);
            IntVector upper0 = lower0.lanewise(LSHR, 16);
            FloatVector w0 = lower0.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0);
            FloatVector a = w0.mul(broadcast(FLOATS, packed[k]));
            FloatVector b = w0.mul(broadcast(FLOATS, packed[k + 1]));
            FloatVector c = w0.mul(broadcast(FLOATS, packed[k + 2]));
            FloatVector d = w0.mul(broadcast(FLOATS, packed[k + 3]));
            FloatVector w1 = lower0.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1);
            a = w1.fma(broadcast(FLOATS, packed[k + 4]), a);
            b = w1.fma(broadcast(FLOATS, packed[k + 5]), b);
            c = w1.fma(broadcast(FLOATS, packed[k + 6]), c);
            d = w1.fma(broadcast(FLOATS, packed[k + 7]), d);
            FloatVector w2 = upper0.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0);
            a = w2.fma(broadcast(FLOATS, packed[k + 8]), a);
            b = w2.fma(broadcast(FLOATS, packed[k + 9]), b);
            c = w2.fma(broadcast(FLOATS, packed[k + 10]), c);
            d = w2.fma(broadcast(FLOATS, packed[k + 11]), d);
            FloatVector w3 = upper0.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1);
            a = w3.fma(broadcast(FLOATS, packed[k + 12]), a);
            b = w3.fma(broadcast(FLOATS, packed[k + 13]), b);
            c = w3.fma(broadcast(FLOATS, packed[k + 14]), c);
            d = w3.fma(broadcast(FLOATS, packed[k + 15]), d);
            IntVector lower1 =
                    fromMemorySegment(INTS, strips, at + STEP, LITTLE_ENDIAN).lanewise(LSHR, shift);
            IntVector upper1 = lower1.lanewise(LSHR, 16);
            FloatVector w4 = lower1.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0);
            a = w4.fma(broadcast(FLOATS, packed[k + 16]), a);
            b = w4.fma(broadcast(FLOATS, packed[k + 17]), b);
            c = w4.fma(broadcast(FLOATS, packed[k + 18]), c);
            d = w4.fma(broadcast(FLOATS, packed[k + 19]), d);
            FloatVector w5 = lower1.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1);
            a = w5.fma(broadcast(FLOATS, packed[k + 20]), a);
            b = w5.fma(broadcast(FLOATS, packed[k + 21]), b);
            c = w5.fma(broadcast(FLOATS, packed[k + 22]), c);
            d = w5.fma(broadcast(FLOATS, packed[k + 23]), d);
            FloatVector w6 = upper1.and(mask0)
                    .lanewise(XOR, power0)
                    .reinterpretAsFloats()
                    .sub(offset0);
            a = w6.fma(broadcast(FLOATS, packed[k + 24]), a);
            b = w6.fma(broadcast(FLOATS, packed[k + 25]), b);
            c = w6.fma(broadcast(FLOATS, packed[k + 26]), c);
            d = w6.fma(broadcast(FLOATS, packed[k + 27]), d);
            FloatVector w7 = upper1.and(mask1)
                    .lanewise(XOR, power1)
                    .reinterpretAsFloats()
                    .sub(offset1);
            a = w7.fma(broadcast(FLOATS, packed[k + 28]), a);
            b = w7.fma(broadcast(FLOATS, packed[k + 29]), b);
            c = w7.fma(broadcast(FLOATS, packed[k + 30]), c);
            d = w7.fma(broadcast(FLOATS, packed[k + 31]), d);
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, group * LANES);
            sum0 = a.fma(scale, sum0);
            sum1 = b.fma(scale, sum1);
            sum2 = c.fma(scale, sum2);
            sum3 = d.fma(scale, sum3);
        }
        sum0.intoArray(out, outAt);
        sum1.intoArray(out, outAt + LANES);
        sum2.intoArray(out, outAt + 2 * LANES);
        sum3.intoArray(out, outAt + 3 * LANES);
    }

    /** {@code out[outAt + row, lane] += sum over groups of minima[group, lane] * sums[group, row]}. */
    static void minima(float[] minima, float[] sums, int sumsAt, int groups, float[] out, int outAt) {
        for (int row = 0; row < ROWS; row++) {
            FloatVector sum = FloatVector.fromArray(FLOATS, out, outAt + row * LANES);
            for (int group = 0; group < groups; group++) {
                FloatVector minimum = FloatVector.fromArray(FLOATS, minima, group * LANES);
                sum = minimum.fma(broadcast(FLOATS, sums[sumsAt + group * ROWS + row]), sum);
            }
            sum.intoArray(out, outAt + row * LANES);
        }
    }
}
