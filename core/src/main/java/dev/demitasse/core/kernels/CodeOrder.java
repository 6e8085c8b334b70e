package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.INT;
import static dev.demitasse.core.kernels.BlockDecoder.LONG;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Types whose codes are in another order in a strip than in a file, so that the words of 32 columns which share a scale hold
 * nothing else and kernels are the same for blocks and super-blocks: a Q4_K block is eight times what a Q4_1 block is, a Q5_K
 * block eight times a Q5_1 block, and codes of five bits are arranged as {@link FiveBitCodes} says. No bit is lost.
 */
final class CodeOrder {
    /** Columns that share a scale. */
    private static final int COLS = 32;

    private static final int NIBBLE_WORDS = 4;
    private static final long LOW_NIBBLES = 0x0f0f0f0f0f0f0f0fL;
    private static final long FIRST_BITS = 0x0101010101010101L;

    /** Bytes of a Q5_K block that hold fifth bits, ahead of its nibbles: bit {@code g} of each belongs to group {@code g}. */
    private static final int FIFTH_BITS_BYTES = 32;

    private CodeOrder() {}

    /** True if a strip has the codes of this type in an order of its own. */
    static boolean isOwn(DType type) {
        return switch (type) {
            case Q5_0, Q5_1, Q4_K, Q5_K -> true;
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q2_K, Q3_K, Q6_K, IQ4_NL, IQ4_XS -> false;
        };
    }

    /**
     * Rearranges the codes of one block.
     *
     * @param type one for which {@link #isOwn}
     * @param at where the codes start
     * @param to where their first word goes; the others follow at distances of {@code lanes} words
     */
    static void toStrip(DType type, MemorySegment block, long at, MemorySegment strip, long to, int lanes) {
        long wordBytes = (long) lanes * Integer.BYTES;
        for (long group = 0; group < type.blockSize() / COLS; group++) {
            switch (type) {
                case Q5_0, Q5_1 ->
                    FiveBitCodes.toStrip(
                            block.get(INT, at), block.get(LONG, at + 4), block.get(LONG, at + 12), strip, to, lanes);
                case Q5_K -> {
                    long nibblesAt = at + FIFTH_BITS_BYTES;
                    long first = nibbles(block, nibblesAt, group, 0);
                    long second = nibbles(block, nibblesAt, group, 1);
                    long groupTo = to + group * FiveBitCodes.WORDS * wordBytes;
                    FiveBitCodes.toStrip(fifthBits(block, at, group), first, second, strip, groupTo, lanes);
                }
                default -> {
                    for (int half = 0; half < 2; half++) {
                        long nibbles = nibbles(block, at, group, half);
                        long first = to + (NIBBLE_WORDS * group + 2L * half) * wordBytes;
                        strip.set(INT, first, (int) nibbles);
                        strip.set(INT, first + wordBytes, (int) (nibbles >>> 32));
                    }
                }
            }
        }
    }

    /** Inverse of {@link #toStrip}: the codes of one row as its file stores them. */
    static void fromStrip(DType type, MemorySegment strips, long at, int lanes, MemorySegment block, long to) {
        long wordBytes = (long) lanes * Integer.BYTES;
        block.asSlice(to, StripLayout.codeBytes(type)).fill((byte) 0);
        for (long group = 0; group < type.blockSize() / COLS; group++) {
            switch (type) {
                case Q5_0, Q5_1 -> {
                    block.set(INT, to, FiveBitCodes.fifthBits(strips, at, lanes));
                    block.set(LONG, to + 4, FiveBitCodes.nibbles(strips, at, lanes, 0));
                    block.set(LONG, to + 12, FiveBitCodes.nibbles(strips, at, lanes, 1));
                }
                case Q5_K -> {
                    long groupAt = at + group * FiveBitCodes.WORDS * wordBytes;
                    addFifthBits(block, to, group, FiveBitCodes.fifthBits(strips, groupAt, lanes));
                    for (int half = 0; half < 2; half++) {
                        long nibbles = FiveBitCodes.nibbles(strips, groupAt, lanes, half);
                        addNibbles(block, to + FIFTH_BITS_BYTES, group, half, nibbles);
                    }
                }
                default -> {
                    for (int half = 0; half < 2; half++) {
                        long first = at + (NIBBLE_WORDS * group + 2L * half) * wordBytes;
                        long lower = strips.get(INT, first) & 0xffffffffL;
                        long upper = strips.get(INT, first + wordBytes);
                        addNibbles(block, to, group, half, (upper << 32) | lower);
                    }
                }
            }
        }
    }

    /**
     * Eight bytes of a group of a super-block in the order of Q4_1: the lower nibbles belong to eight columns, the higher to
     * those 16 further on. In the file a run of 32 bytes has two groups, one in the lower nibbles, one in the higher.
     */
    private static long nibbles(MemorySegment block, long at, long group, int half) {
        long run = at + (group >> 1) * 32 + 8L * half;
        int shift = 4 * (int) (group & 1);
        long lower = (block.get(LONG, run) >>> shift) & LOW_NIBBLES;
        long upper = (block.get(LONG, run + 16) >>> shift) & LOW_NIBBLES;
        return lower | (upper << 4);
    }

    private static void addNibbles(MemorySegment block, long at, long group, int half, long nibbles) {
        long run = at + (group >> 1) * 32 + 8L * half;
        int shift = 4 * (int) (group & 1);
        long lower = (nibbles & LOW_NIBBLES) << shift;
        long upper = ((nibbles >>> 4) & LOW_NIBBLES) << shift;
        block.set(LONG, run, block.get(LONG, run) | lower);
        block.set(LONG, run + 16, block.get(LONG, run + 16) | upper);
    }

    private static int fifthBits(MemorySegment block, long at, long group) {
        int fifth = 0;
        for (int i = 0; i < FIFTH_BITS_BYTES; i += Long.BYTES) {
            fifth |= (int) Long.compress(block.get(LONG, at + i), FIRST_BITS << group) << i;
        }
        return fifth;
    }

    private static void addFifthBits(MemorySegment block, long at, long group, int fifth) {
        for (int i = 0; i < FIFTH_BITS_BYTES; i += Long.BYTES) {
            long bits = Long.expand(fifth >>> i, FIRST_BITS << group);
            block.set(LONG, at + i, block.get(LONG, at + i) | bits);
        }
    }
}
