package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.INT;
import static dev.demitasse.core.kernels.BlockDecoder.LONG;

import java.lang.foreign.MemorySegment;

/**
 * The 32 codes of a Q5_0 or Q5_1 block in five words, six whole codes in each, so that a kernel finds them by shifts and masks
 * alone. In a file they are a word of fifth bits followed by 16 bytes of nibbles, and each code has to be put together.
 *
 * <p>Word {@code j} has codes {@code 6j} to {@code 6j + 5}, the first in its lowest bits. Its highest two bits are bits
 * {@code 2j} and {@code 2j + 1} of the ten that codes 30 and 31 make.
 */
final class FiveBitCodes {
    /** Words of a block. */
    static final int WORDS = 5;

    /** Whole codes of a word. */
    static final int WORD_CODES = 6;

    private static final int FOUR_BITS = 0x1ef7bdef; // of each of six fields of five bits, the lower four
    private static final int FIFTH_BITS = 0x21084210;
    private static final long LOW_NIBBLES = 0x0f0f0f0f0f0f0f0fL;

    private FiveBitCodes() {}

    /**
     * Rearranges the codes of a block.
     *
     * @param at where the fifth bits start, then the nibbles
     * @param to where the first word goes; the others follow at distances of {@code lanes} words
     */
    static void toStrip(MemorySegment block, long at, MemorySegment strip, long to, int lanes) {
        long fifth = block.get(INT, at) & 0xffffffffL;
        long first = block.get(LONG, at + 4);
        long second = block.get(LONG, at + 12);
        // nibbles of codes 0 to 15, and 16 to 31
        long low = Long.compress(first, LOW_NIBBLES) | Long.compress(second, LOW_NIBBLES) << 32;
        long high = Long.compress(first >>> 4, LOW_NIBBLES) | Long.compress(second >>> 4, LOW_NIBBLES) << 32;
        int last = fields((int) (high >>> 56), (int) (fifth >>> 30));
        for (int word = 0; word < WORDS; word++) {
            int six = fields((int) low & 0xffffff, (int) fifth & 0x3f);
            strip.set(INT, to + (long) word * lanes * Integer.BYTES, six | last << 30);
            low = low >>> 24 | high << 40;
            high >>>= 24;
            fifth >>>= 6;
            last >>>= 2;
        }
    }

    /** Up to six codes, from their nibbles and their fifth bits. */
    private static int fields(int nibbles, int fifthBits) {
        return Integer.expand(nibbles, FOUR_BITS) | Integer.expand(fifthBits, FIFTH_BITS);
    }

    /** Inverse of {@link #toStrip}: writes the fifth bits at {@code to}, then the nibbles. */
    static void fromStrip(MemorySegment strips, long at, int lanes, MemorySegment block, long to) {
        long low = 0;
        long high = 0;
        long fifth = 0;
        int last = 0;
        for (int word = WORDS - 1; word >= 0; word--) {
            int value = strips.get(INT, at + (long) word * lanes * Integer.BYTES);
            last = last << 2 | value >>> 30;
            high = high << 24 | low >>> 40;
            low = low << 24 | Integer.compress(value, FOUR_BITS);
            fifth = fifth << 6 | Integer.compress(value, FIFTH_BITS);
        }
        high |= (long) Integer.compress(last, FOUR_BITS) << 56;
        fifth |= (long) Integer.compress(last, FIFTH_BITS) << 30;
        block.set(INT, to, (int) fifth);
        block.set(LONG, to + 4, eightBytes(low, high));
        block.set(LONG, to + 12, eightBytes(low >>> 32, high >>> 32));
    }

    private static long eightBytes(long low, long high) {
        return Long.expand(low, LOW_NIBBLES) | Long.expand(high, LOW_NIBBLES) << 4;
    }
}
