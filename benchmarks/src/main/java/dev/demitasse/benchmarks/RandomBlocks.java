package dev.demitasse.benchmarks;

import dev.demitasse.core.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Random weights of a storage type, with a mean near 0 and a standard deviation of about 0.02, as trained ones have.
 * Blocks hold random bits except for their float scales, which are chosen so that the values come out so; the offsets
 * are those of the structures in {@code ggml-common.h}.
 */
final class RandomBlocks {
    private static final double DEVIATION = 0.02;
    /** A uniform distribution deviates by its half width over the root of 3. */
    private static final double HALF_WIDTH = DEVIATION * Math.sqrt(3);

    private final SplittableRandom random;

    RandomBlocks(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Fills whole blocks from the start of the array to its end. */
    void fill(DType type, byte[] blocks) {
        ByteBuffer out = ByteBuffer.wrap(blocks).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case F32 -> {
                while (out.hasRemaining()) {
                    out.putFloat(uniform(0, HALF_WIDTH));
                }
            }
            case F16 -> {
                while (out.hasRemaining()) {
                    out.putShort(Float.floatToFloat16(uniform(0, HALF_WIDTH)));
                }
            }
            case BF16 -> {
                while (out.hasRemaining()) {
                    out.putShort((short) (Float.floatToRawIntBits(uniform(0, HALF_WIDTH)) >>> 16));
                }
            }
            default -> {
                random.nextBytes(blocks);
                for (int start = 0; start < blocks.length; start += type.blockBytes()) {
                    putScales(type, out, start);
                }
            }
        }
    }

    /** A float that deviates from the mean by at most {@code halfWidth}. */
    float uniform(double mean, double halfWidth) {
        return (float) (mean + (2 * random.nextDouble() - 1) * halfWidth);
    }

    /** Each divisor is the standard deviation of the block's values in units of its scale, its other bits being random. */
    private static void putScales(DType type, ByteBuffer out, int start) {
        switch (type) {
            case Q8_0 -> putHalf(out, start, DEVIATION / 74);
            case Q4_0 -> putHalf(out, start, DEVIATION / 4.6);
            case Q4_1 -> putScaleAndMinimum(out, start, DEVIATION / 4.6, -7.5);
            case Q5_0 -> putHalf(out, start, DEVIATION / 9.2);
            case Q5_1 -> putScaleAndMinimum(out, start, DEVIATION / 9.2, -15.5);
            case Q2_K -> putScaleAndMinimum(out, start + 80, DEVIATION / 14, 1.5);
            case Q3_K -> putHalf(out, start + 108, DEVIATION / 43);
            case Q4_K -> putScaleAndMinimum(out, start, DEVIATION / 256, 7.5);
            case Q5_K -> putScaleAndMinimum(out, start, DEVIATION / 523, 15.5);
            case Q6_K -> putHalf(out, start + 208, DEVIATION / 1370);
            case IQ4_NL -> putHalf(out, start, DEVIATION / 70);
            case IQ4_XS -> putHalf(out, start, DEVIATION / 1300);
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
        }
    }

    private static void putScaleAndMinimum(ByteBuffer out, int start, double scale, double minimumOverScale) {
        putHalf(out, start, scale);
        putHalf(out, start + 2, scale * minimumOverScale);
    }

    private static void putHalf(ByteBuffer out, int start, double value) {
        out.putShort(start, Float.floatToFloat16((float) value));
    }
}
