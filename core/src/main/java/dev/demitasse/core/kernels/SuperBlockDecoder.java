package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.half;
import static dev.demitasse.core.kernels.BlockDecoder.unsignedByte;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Dequantisation of super-blocks: 256 values in groups of 16 or 32, whose small integer scales are multiplied by one or
 * two f16 scales of the whole block. See {@link BlockDecoder}.
 */
final class SuperBlockDecoder {
    private SuperBlockDecoder() {}

    /**
     * {@code block_q2_K}: 16 bytes (group scale in the low nibble, group minimum in the high one), 64 bytes of 2-bit
     * codes, f16 scale of the scales, f16 scale of the minima. Byte {@code l} of a run of 32 holds value {@code l} of
     * four successive pairs of 16-value groups, from its low bits upwards.
     */
    static void q2(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block + 80);
        float minimumScale = half(data, block + 82);
        for (int group = 0; group < 16; group++) {
            int packed = unsignedByte(data, block + group);
            float groupScale = scale * (packed & 15);
            float groupMinimum = minimumScale * (packed >> 4);
            long codes = block + 16 + (group >> 3) * 32L + (group & 1) * 16L;
            int shift = group & 6;
            for (int i = 0; i < 16; i++) {
                out[at + group * 16 + i] = groupScale * ((unsignedByte(data, codes + i) >> shift) & 3) - groupMinimum;
            }
        }
    }

    /**
     * {@code block_q3_K}: 32 bytes of high bits, 64 bytes of low 2-bit codes (arranged as in Q2_K), 12 bytes of 6-bit
     * group scales, f16 scale. High bit {@code p} of byte {@code l} belongs to value {@code 32 p + l}; where it is
     * clear, 4 is taken off.
     */
    static void q3(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block + 108);
        for (int group = 0; group < 16; group++) {
            float groupScale = scale * (q3GroupScale(data, block + 96, group) - 32);
            long highBits = block + (group & 1) * 16L;
            long codes = block + 32 + (group >> 3) * 32L + (group & 1) * 16L;
            int shift = group & 6;
            int plane = group >> 1;
            for (int i = 0; i < 16; i++) {
                int low = (unsignedByte(data, codes + i) >> shift) & 3;
                int high = (unsignedByte(data, highBits + i) >> plane) & 1;
                out[at + group * 16 + i] = groupScale * (low + 4 * high - 4);
            }
        }
    }

    /** Scale of one of 16 groups, 0 to 63: low 4 bits in bytes 0 to 7 (nibbles), high 2 bits in bytes 8 to 11. */
    static int q3GroupScale(MemorySegment data, long scales, int group) {
        int low = (unsignedByte(data, scales + (group & 7)) >> ((group >> 3) * 4)) & 15;
        int high = (unsignedByte(data, scales + 8 + (group & 3)) >> ((group >> 2) * 2)) & 3;
        return low | high << 4;
    }

    /**
     * {@code block_q4_K}: f16 scale of the scales, f16 scale of the minima, 12 bytes of 6-bit scales and minima of 8
     * groups, 128 bytes of nibbles: byte {@code l} of each run of 32 holds value {@code l} of two successive groups.
     */
    static void q4(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        float minimumScale = half(data, block + 2);
        for (int group = 0; group < 8; group++) {
            float groupScale = scale * groupScale(data, block + 4, group);
            float groupMinimum = minimumScale * groupMinimum(data, block + 4, group);
            long codes = block + 16 + (group >> 1) * 32L;
            int shift = (group & 1) * 4;
            for (int i = 0; i < 32; i++) {
                out[at + group * 32 + i] = groupScale * ((unsignedByte(data, codes + i) >> shift) & 15) - groupMinimum;
            }
        }
    }

    /** {@code block_q5_K}: as Q4_K, with 32 bytes between scales and nibbles: bit g of byte l is value l of group g. */
    static void q5(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        float minimumScale = half(data, block + 2);
        for (int group = 0; group < 8; group++) {
            float groupScale = scale * groupScale(data, block + 4, group);
            float groupMinimum = minimumScale * groupMinimum(data, block + 4, group);
            long codes = block + 48 + (group >> 1) * 32L;
            int shift = (group & 1) * 4;
            for (int i = 0; i < 32; i++) {
                int low = (unsignedByte(data, codes + i) >> shift) & 15;
                int high = (unsignedByte(data, block + 16 + i) >> group) & 1;
                out[at + group * 32 + i] = groupScale * (low + 16 * high) - groupMinimum;
            }
        }
    }

    /** 6-bit scale of one of 8 groups: groups 4 to 7 keep their high bits above the 6-bit fields of groups 0 to 3. */
    static int groupScale(MemorySegment data, long scales, int group) {
        if (group < 4) {
            return unsignedByte(data, scales + group) & 63;
        }
        return (unsignedByte(data, scales + group + 4) & 15) | (unsignedByte(data, scales + group - 4) >> 6) << 4;
    }

    /** 6-bit minimum of one of 8 groups, packed as {@link #groupScale}. */
    static int groupMinimum(MemorySegment data, long scales, int group) {
        if (group < 4) {
            return unsignedByte(data, scales + group + 4) & 63;
        }
        return (unsignedByte(data, scales + group + 4) >> 4) | (unsignedByte(data, scales + group) >> 6) << 4;
    }

    /**
     * {@code block_q6_K}: 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed bytes of group scales, f16
     * scale; all less 32. Each half of 128 values is four quarters of 32: quarters 0 and 1 are the low nibbles of its
     * 64 bytes, 2 and 3 the high ones; bit pair q of high byte l belongs to value l of quarter q.
     */
    static void q6(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block + 208);
        for (int group = 0; group < 16; group++) {
            float groupScale = scale * data.get(ValueLayout.JAVA_BYTE, block + 192 + group);
            int half = group >> 3;
            int quarter = (group >> 1) & 3;
            int first = (group & 1) * 16;
            long lowBits = block + half * 64L + (quarter & 1) * 32L + first;
            long highBits = block + 128 + half * 32L + first;
            for (int i = 0; i < 16; i++) {
                int low = (unsignedByte(data, lowBits + i) >> ((quarter >> 1) * 4)) & 15;
                int high = (unsignedByte(data, highBits + i) >> (quarter * 2)) & 3;
                out[at + group * 16 + i] = groupScale * ((low | high << 4) - 32);
            }
        }
    }

    /**
     * {@code block_iq4_xs}: f16 scale, 16 high bit pairs and 4 bytes of low nibbles of the 8 group scales (less 32),
     * 128 bytes: each group of 32 is laid out as an IQ4_NL block.
     */
    static void iq4xs(MemorySegment data, long block, float[] out, int at) {
        float scale = half(data, block);
        for (int group = 0; group < 8; group++) {
            float groupScale = scale * (iq4xsGroupScale(data, block, group) - 32);
            long codes = block + 8 + group * 16L;
            for (int i = 0; i < 16; i++) {
                int pair = unsignedByte(data, codes + i);
                out[at + group * 32 + i] = groupScale * BlockDecoder.nonLinearLevel(pair & 15);
                out[at + group * 32 + 16 + i] = groupScale * BlockDecoder.nonLinearLevel(pair >> 4);
            }
        }
    }

    static int iq4xsGroupScale(MemorySegment data, long block, int group) {
        int low = (unsignedByte(data, block + 4 + (group >> 1)) >> ((group & 1) * 4)) & 15;
        int high = (data.get(BlockDecoder.SHORT, block + 2) >> (group * 2)) & 3;
        return low | high << 4;
    }
}
