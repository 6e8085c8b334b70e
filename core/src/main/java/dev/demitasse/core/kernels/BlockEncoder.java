package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;

/**
 * Encodes floats in storage types, bit for bit as ggml's reference quantisers do ({@code quantize_row_*_ref} of {@code
 * ggml-quants.c}): every operation is rounded to float on its own, in their order. The counterpart of {@link
 * BlockDecoder}, which says what the bytes mean.
 *
 * <p>Blocks of 32 values are here; they have one shape, a value is {@code scale * code (+ minimum)}. Super-blocks of 256
 * are in {@link SuperBlockEncoder}. Has scratch memory: one for each thread.
 */
final class BlockEncoder {
    /** What can be encoded. */
    static final Set<DType> TYPES = EnumSet.of(
            DType.F32,
            DType.F16,
            DType.BF16,
            DType.Q8_0,
            DType.Q4_0,
            DType.Q4_1,
            DType.Q5_0,
            DType.Q5_1,
            DType.Q4_K,
            DType.Q5_K,
            DType.Q6_K);

    private static final int BLOCK = 32;

    private final int[] codes = new int[BLOCK];
    private final SuperBlockEncoder superBlocks = new SuperBlockEncoder();

    /**
     * Encodes consecutive values.
     *
     * @param x read from {@code offset}
     * @param count a multiple of the type's block size
     * @param out written from {@code outOffset}
     */
    void encode(DType type, float[] x, int offset, int count, MemorySegment out, long outOffset) {
        int blockSize = type.blockSize();
        assert count % blockSize == 0;
        for (int i = 0; i < count; i += blockSize, outOffset += type.blockBytes()) {
            int at = offset + i;
            switch (type) {
                case F32 -> out.set(BlockDecoder.FLOAT, outOffset, x[at]);
                case F16 -> out.set(BlockDecoder.SHORT, outOffset, Float.floatToFloat16(x[at]));
                case BF16 -> out.set(BlockDecoder.SHORT, outOffset, bfloat(x[at]));
                case Q8_0 -> signed8(x, at, out, outOffset);
                case Q4_0 -> symmetric(x, at, 8, out, outOffset);
                case Q5_0 -> symmetric(x, at, 16, out, outOffset);
                case Q4_1 -> withMinimum(x, at, 15, out, outOffset);
                case Q5_1 -> withMinimum(x, at, 31, out, outOffset);
                case Q4_K -> superBlocks.q4(x, at, out, outOffset);
                case Q5_K -> superBlocks.q5(x, at, out, outOffset);
                case Q6_K -> superBlocks.q6(x, at, out, outOffset);
                case Q2_K, Q3_K, IQ4_NL, IQ4_XS ->
                    throw new IllegalArgumentException("cannot encode as " + type + "; expected one of " + TYPES);
            }
        }
    }

    /** Rounds to nearest even; what is not a number stays none. */
    private static short bfloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 64);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static void signed8(float[] x, int at, MemorySegment out, long block) {
        float scale = Math.abs(largest(x, at, BLOCK)) / 127;
        float inverse = inverse(scale);
        out.set(BlockDecoder.SHORT, block, Float.floatToFloat16(scale));
        for (int i = 0; i < BLOCK; i++) {
            float code = x[at + i] * inverse;
            // C's roundf: halves away from zero.
            out.set(ValueLayout.JAVA_BYTE, block + 2 + i, (byte) (int) (code < 0 ? code - 0.5f : code + 0.5f));
        }
    }

    /** Codes from 0 to {@code 2 * middle - 1}; the largest value gets code 0, so that its sign has the longer side. */
    private void symmetric(float[] x, int at, int middle, MemorySegment out, long block) {
        float scale = largest(x, at, BLOCK) / -middle;
        float inverse = inverse(scale);
        for (int i = 0; i < BLOCK; i++) {
            codes[i] = Math.min(2 * middle - 1, (int) (x[at + i] * inverse + (middle + 0.5f)));
        }
        out.set(BlockDecoder.SHORT, block, Float.floatToFloat16(scale));
        putCodes(middle == 16, out, block + 2);
    }

    private void withMinimum(float[] x, int at, int largestCode, MemorySegment out, long block) {
        float minimum = x[at];
        float maximum = x[at];
        for (int i = 1; i < BLOCK; i++) {
            minimum = Math.min(minimum, x[at + i]);
            maximum = Math.max(maximum, x[at + i]);
        }
        float scale = (maximum - minimum) / largestCode;
        float inverse = inverse(scale);
        for (int i = 0; i < BLOCK; i++) {
            codes[i] = Math.min(largestCode, (int) ((x[at + i] - minimum) * inverse + 0.5f));
        }
        out.set(BlockDecoder.SHORT, block, Float.floatToFloat16(scale));
        out.set(BlockDecoder.SHORT, block + 2, Float.floatToFloat16(minimum));
        putCodes(largestCode == 31, out, block + 4);
    }

    /** The fifth bits first, where there are any; then low and high nibbles, half a block apart. */
    private void putCodes(boolean fiveBits, MemorySegment out, long start) {
        long nibbles = start;
        if (fiveBits) {
            int high = 0;
            for (int i = 0; i < BLOCK; i++) {
                high |= (codes[i] >>> 4) << i;
            }
            out.set(BlockDecoder.INT, start, high);
            nibbles += Integer.BYTES;
        }
        for (int i = 0; i < BLOCK / 2; i++) {
            int pair = (codes[i] & 15) | (codes[i + BLOCK / 2] & 15) << 4;
            out.set(ValueLayout.JAVA_BYTE, nibbles + i, (byte) pair);
        }
    }

    /** The value with the largest magnitude, with its sign; the first of several. */
    static float largest(float[] x, int at, int size) {
        float largest = 0;
        for (int i = at; i < at + size; i++) {
            if (Math.abs(x[i]) > Math.abs(largest)) {
                largest = x[i];
            }
        }
        return largest;
    }

    static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }
}
