package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Dequantisation of every {@link DType}, bit for bit as ggml does it: what each block format means.
 *
 * <p>The layouts follow the structures of ggml's {@code ggml-common.h} and the rounding of {@code ggml-quants.c}: every
 * product and every sum is rounded to float on its own, nothing is fused. Blocks of 32 values are here, super-blocks of
 * 256 in {@link SuperBlockDecoder}.
 */
final class BlockDecoder {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** What the 16 codes of IQ4_NL and IQ4_XS stand for, before scaling ({@code kvalues_iq4nl}). */
    private static final byte[] NON_LINEAR_LEVELS = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    private BlockDecoder() {}

    /**
     * Decodes consecutive values.
     *
     * @param data holds the encoded values from byte {@code offset}
     * @param count a multiple of the type's block size
     * @param out written from {@code outOffset}
     */
    static void decode(DType type, MemorySegment data, long offset, int count, float[] out, int outOffset) {
        int blockSize = type.blockSize();
        assert count % blockSize == 0;
        for (int i = 0; i < count; i += blockSize, offset += type.blockBytes()) {
            int at = outOffset + i;
            switch (type) {
                case F32 -> out[at] = data.get(FLOAT, offset);
                case F16 -> out[at] = half(data, offset);
                case BF16 -> out[at] = bfloat(data, offset);
                case Q8_0 -> q8of0(data, offset, out, at);
                case Q4_0 -> q4of0(data, offset, out, at);
                case Q4_1 -> q4of1(data, offset, out, at);
                case Q5_0 -> q5of0(data, offset, out, at);
                case Q5_1 -> q5of1(data, offset, out, at);
                case IQ4_NL -> iq4nl(data, offset, out, at);
                case Q2_K -> SuperBlockDecoder.q2(data, offset, out, at);
                case Q3_K -> SuperBlockDecoder.q3(data, offset, out, at);
                case Q4_K -> SuperBlockDecoder.q4(data, offset, out, at);
                case Q5_K -> SuperBlockDecoder.q5(data, offset, out, at);
                case Q6_K -> SuperBlockDecoder.q6(data, offset, out, at);
                case IQ4_XS -> SuperBlockDecoder.iq4xs(data, offset, out, at);
            }
        }
    }

    static float half(MemorySegment data, long offset) {
        return Float.float16ToFloat(data.get(SHORT, offset));
    }

    /** The upper half of a float's bits. */
    static float bfloat(MemorySegment data, long offset) {
        return Float.intBitsToFloat(data.get(SHORT, offset) << 16);
    }

    static int unsignedByte(MemorySegment data, long offset) {
        return data.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
    }

    static int nonLinearLevel(int code) {
        return NON_LINEAR_LEVELS[code];
    }

    /** {@code block_q8_0}: f16 scale, 32 signed bytes. */
    private static void q8of0(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        for (int i = 0; i < 32; i++) {
            out[at + i] = data.get(ValueLayout.JAVA_BYTE, block + 2 + i) * scale;
        }
    }

    /** {@code block_q4_0}: f16 scale, 16 bytes; low nibbles are values 0 to 15, high ones 16 to 31, all less 8. */
    private static void q4of0(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        for (int i = 0; i < 16; i++) {
            int pair = unsignedByte(data, block + 2 + i);
            out[at + i] = ((pair & 15) - 8) * scale;
            out[at + 16 + i] = ((pair >> 4) - 8) * scale;
        }
    }

    /** {@code block_q4_1}: f16 scale, f16 minimum, nibbles as in Q4_0 but counted from the minimum. */
    private static void q4of1(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        float minimum = half(data, block + 2);
        for (int i = 0; i < 16; i++) {
            int pair = unsignedByte(data, block + 4 + i);
            out[at + i] = (pair & 15) * scale + minimum;
            out[at + 16 + i] = (pair >> 4) * scale + minimum;
        }
    }

    /** {@code block_q5_0}: f16 scale, 32 fifth bits (bit i belongs to value i), nibbles as in Q4_0; all less 16. */
    private static void q5of0(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        int fifthBits = data.get(INT, block + 2);
        for (int i = 0; i < 16; i++) {
            int pair = unsignedByte(data, block + 6 + i);
            out[at + i] = (((pair & 15) | ((fifthBits >>> i) & 1) << 4) - 16) * scale;
            out[at + 16 + i] = (((pair >> 4) | ((fifthBits >>> (16 + i)) & 1) << 4) - 16) * scale;
        }
    }

    /** {@code block_q5_1}: f16 scale, f16 minimum, fifth bits and nibbles as in Q5_0, counted from the minimum. */
    private static void q5of1(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        float minimum = half(data, block + 2);
        int fifthBits = data.get(INT, block + 4);
        for (int i = 0; i < 16; i++) {
            int pair = unsignedByte(data, block + 8 + i);
            out[at + i] = ((pair & 15) | ((fifthBits >>> i) & 1) << 4) * scale + minimum;
            out[at + 16 + i] = ((pair >> 4) | ((fifthBits >>> (16 + i)) & 1) << 4) * scale + minimum;
        }
    }

    /** {@code block_iq4_nl}: Q4_0's layout, the nibbles being indices of 16 uneven levels. */
    private static void iq4nl(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        for (int i = 0; i < 16; i++) {
            int pair = unsignedByte(data, block + 2 + i);
            out[at + i] = scale * NON_LINEAR_LEVELS[pair & 15];
            out[at + 16 + i] = scale * NON_LINEAR_LEVELS[pair >> 4];
        }
    }
}
