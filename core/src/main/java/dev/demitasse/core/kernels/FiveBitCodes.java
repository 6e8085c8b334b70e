package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.INT;

import java.lang.foreign.MemorySegment;

/**
 * The 32 codes of a block of five-bit codes in five words, so that a kernel finds them by shifts and masks alone. In a file
 * they are fifth bits followed by nibbles, and each code has to be put together.
 *
 * <p>The lower half of word {@code j} has codes {@code 3j} to {@code 3j + 2}, the first in its lowest bits, and above them bit
 * {@code j} of code 15; the upper half has the same of codes 16 to 31.
 */
final class FiveBitCodes {
    /** Words of a block. */
    static final int WORDS = 5;

    /** Whole codes of half a word. */
    static final int HALF_CODES = 3;

    /** Codes of the halves of all words. */
    static final int HALF = 16;

    private static final int FOUR_BITS = 0b0_01111_01111_01111; // of each of three fields of five bits, the lower four
    private static final int FIFTH_BITS = 0b0_10000_10000_10000;
    private static final long LOW_NIBBLES = 0x0f0f0f0f0f0f0f0fL;

    private FiveBitCodes() {}

    /**
     * Rearranges the codes of a block.
     *
     * @param fifth their fifth bits, the first code's in the lowest
     * @param first bytes whose nibbles are the lower bits of codes 0 to 7, and of 16 to 23 (the higher nibbles)
     * @param second likewise of codes 8 to 15, and of 24 to 31
     * @param to where the first word goes; the others follow at distances of {@code lanes} words
     */
    static void toStrip(int fifth, long first, long second, MemorySegment strip, long to, int lanes) {
        long low = Long.compress(first, LOW_NIBBLES) | (Long.compress(second, LOW_NIBBLES) << 32);
        long high = Long.compress(first >>> 4, LOW_NIBBLES) | (Long.compress(second >>> 4, LOW_NIBBLES) << 32);
        int lastLow = (int) (low >>> 60) | (((fifth >>> 15) & 1) << 4);
        int lastHigh = (int) (high >>> 60) | ((fifth >>> 31) << 4);
        for (int word = 0; word < WORDS; word++) {
            int code = HALF_CODES * word;
            int lower = threeCodes(low >>> (4 * code), fifth >>> code) | (((lastLow >>> word) & 1) << 15);
            int upper = threeCodes(high >>> (4 * code), fifth >>> (HALF + code)) | (((lastHigh >>> word) & 1) << 15);
            strip.set(INT, to + (long) word * lanes * Integer.BYTES, lower | (upper << 16));
        }
    }

    /** Three codes from the lowest of these nibbles and fifth bits. */
    private static int threeCodes(long nibbles, int fifthBits) {
        return Integer.expand((int) nibbles, FOUR_BITS) | Integer.expand(fifthBits, FIFTH_BITS);
    }

    /** The fifth bits of a block, inverse of {@link #toStrip}. */
    static int fifthBits(MemorySegment strips, long at, int lanes) {
        int fifth = 0;
        for (int word = 0; word < WORDS; word++) {
            int value = strips.get(INT, at + (long) word * lanes * Integer.BYTES);
            int code = HALF_CODES * word;
            fifth |= Integer.compress(value, FIFTH_BITS) << code;
            fifth |= Integer.compress(value >>> 16, FIFTH_BITS) << (HALF + code);
        }
        int last = strips.get(INT, at + (long) (WORDS - 1) * lanes * Integer.BYTES);
        return fifth | (last & 0x80008000);
    }

    /** The nibbles of codes 0 to 7 and 16 to 23 ({@code half} 0), or of the others (1), inverse of {@link #toStrip}. */
    static long nibbles(MemorySegment strips, long at, int lanes, int half) {
        long low = 0;
        long high = 0;
        int lastLow = 0;
        int lastHigh = 0;
        for (int word = 0; word < WORDS; word++) {
            int value = strips.get(INT, at + (long) word * lanes * Integer.BYTES);
            low |= (long) Integer.compress(value, FOUR_BITS) << (4 * HALF_CODES * word);
            high |= (long) Integer.compress(value >>> 16, FOUR_BITS) << (4 * HALF_CODES * word);
            lastLow |= ((value >>> 15) & 1) << word;
            lastHigh |= (value >>> 31) << word;
        }
        low |= (long) (lastLow & 15) << 60;
        high |= (long) (lastHigh & 15) << 60;
        int shift = 32 * half;
        return Long.expand(low >>> shift, LOW_NIBBLES) | (Long.expand(high >>> shift, LOW_NIBBLES) << 4);
    }
}
