package dev.demitasse.core.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Encodes floats as blocks, bit for bit as ggml's reference quantisers do: makes weights for tests whose exact values
 * are known. The formats have one shape: a value is {@code scale * code (+ minimum)}, with codes of 4, 5 or 8 bits.
 */
final class BlockEncoder {
    private static final int BLOCK = 32;
    private static final int SUPER_BLOCK = 256;
    private static final int SUM_GROUP = 16;

    private BlockEncoder() {}

    /** Encodes {@code x}, a multiple of the block size, as the named type. */
    static byte[] encode(String type, float[] x) {
        ByteBuffer out =
                ByteBuffer.allocate(x.length * Float.BYTES + SUPER_BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        int blockSize = switch (type) {
            case "F16", "BF16" -> 1;
            case "Q8_K" -> SUPER_BLOCK;
            default -> BLOCK;
        };
        for (int start = 0; start < x.length; start += blockSize) {
            switch (type) {
                case "F16" -> out.putShort(Float.floatToFloat16(x[start]));
                case "BF16" -> out.putShort(bfloat16(x[start]));
                case "Q8_0" -> signed8(x, start, out);
                case "Q4_0" -> symmetric(x, start, 8, out);
                case "Q5_0" -> symmetric(x, start, 16, out);
                case "Q4_1" -> withMinimum(x, start, 15, out);
                case "Q5_1" -> withMinimum(x, start, 31, out);
                case "Q8_K" -> superBlock8(x, start, out);
                default -> throw new IllegalArgumentException("no encoder for " + type);
            }
        }
        byte[] blocks = new byte[out.position()];
        out.flip().get(blocks);
        return blocks;
    }

    /** Rounds to nearest even; what is not a number stays none. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 64);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static void signed8(float[] x, int start, ByteBuffer out) {
        float scale = Math.abs(largest(x, start, BLOCK)) / 127;
        float inverse = inverse(scale);
        out.putShort(Float.floatToFloat16(scale));
        for (int i = 0; i < BLOCK; i++) {
            float code = x[start + i] * inverse;
            // C's roundf: halves away from zero.
            out.put((byte) (int) (code < 0 ? code - 0.5f : code + 0.5f));
        }
    }

    /** Codes from 0 to {@code 2 * middle - 1}; the largest value gets code 0, so that its sign has the longer side. */
    private static void symmetric(float[] x, int start, int middle, ByteBuffer out) {
        float scale = largest(x, start, BLOCK) / -middle;
        float inverse = inverse(scale);
        int[] codes = new int[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            codes[i] = Math.min(2 * middle - 1, (int) (x[start + i] * inverse + (middle + 0.5f)));
        }
        out.putShort(Float.floatToFloat16(scale));
        putCodes(codes, middle == 16, out);
    }

    private static void withMinimum(float[] x, int start, int largestCode, ByteBuffer out) {
        float minimum = x[start];
        float maximum = x[start];
        for (int i = 1; i < BLOCK; i++) {
            minimum = Math.min(minimum, x[start + i]);
            maximum = Math.max(maximum, x[start + i]);
        }
        float scale = (maximum - minimum) / largestCode;
        float inverse = inverse(scale);
        int[] codes = new int[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            codes[i] = Math.min(largestCode, (int) ((x[start + i] - minimum) * inverse + 0.5f));
        }
        out.putShort(Float.floatToFloat16(scale)).putShort(Float.floatToFloat16(minimum));
        putCodes(codes, largestCode == 31, out);
    }

    /** The fifth bits first, where there are any; then low and high nibbles, half a block apart. */
    private static void putCodes(int[] codes, boolean fiveBits, ByteBuffer out) {
        if (fiveBits) {
            int high = 0;
            for (int i = 0; i < BLOCK; i++) {
                high |= (codes[i] >>> 4) << i;
            }
            out.putInt(high);
        }
        for (int i = 0; i < BLOCK / 2; i++) {
            out.put((byte) ((codes[i] & 15) | (codes[i + BLOCK / 2] & 15) << 4));
        }
    }

    /** A float scale, 256 codes, and the sum of each 16 codes: the form of activations for the K formats. */
    private static void superBlock8(float[] x, int start, ByteBuffer out) {
        float largest = largest(x, start, SUPER_BLOCK);
        float inverse = largest == 0 ? 0 : -127f / largest;
        int[] codes = new int[SUPER_BLOCK];
        int[] sums = new int[SUPER_BLOCK / SUM_GROUP];
        for (int i = 0; i < SUPER_BLOCK; i++) {
            codes[i] = Math.min(127, (int) Math.rint(inverse * x[start + i]));
            sums[i / SUM_GROUP] += codes[i];
        }
        out.putFloat(largest == 0 ? 0 : 1 / inverse);
        for (int code : codes) {
            out.put((byte) code);
        }
        for (int sum : sums) {
            out.putShort((short) sum);
        }
    }

    /** The value with the largest magnitude, with its sign; the first of several. */
    private static float largest(float[] x, int start, int size) {
        float largest = 0;
        for (int i = start; i < start + size; i++) {
            if (Math.abs(x[i]) > Math.abs(largest)) {
                largest = x[i];
            }
        }
        return largest;
    }

    private static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }
}
