package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import java.util.function.IntUnaryOperator;

/**
 * Where a quantised format keeps its codes in a strip of so many lanes: the difference between formats as data.
 *
 * <p>A unit is cut into groups of {@link #COLS} columns that share a scale and a place. A group has {@link #WORDS} words
 * a row, each with four codes, one a byte, for four consecutive columns. The low bits of a code are found by a shift and a mask, the
 * high ones, if they are kept apart, by turning another word to the right.
 */
final class StripFormat {
    /** How the word of four codes comes about. */
    enum Codes {
        /** The word's bytes are signed codes. */
        BYTES,
        /** The word is shifted and masked: two bits of each byte. */
        PAIRS,
        /** The word is shifted and masked: half of each byte, the other half belongs to another group. */
        NIBBLES,
        /** As {@link FiveBitCodes} arranges them. */
        FIVES,
        /** Two bits of each byte, and high bits from another word. */
        SPLIT_PAIRS,
        /** Half of each byte, and high bits from another word. */
        SPLIT_NIBBLES,
        /** The word is shifted and masked and then looked up, byte by byte. */
        LEVELS
    }

    /** Columns of a group: what all formats can be cut into. */
    static final int COLS = 16;

    /** Words of a group and row. */
    static final int WORDS = 4;

    private static final int LOW_NIBBLES = 0x0f0f0f0f;
    private static final int LOW_PAIRS = 0x03030303;

    private final Codes codes;
    private final long unitBytes;
    private final int mask;
    private final float bias;
    private final long[] offsets;
    private final int[] shifts;
    private int highMask;
    private long highStep;
    private final long[] highOffsets;
    private final int[] highTurns;

    private StripFormat(DType type, int lanes, Codes codes, int groups, int mask, float bias) {
        this.codes = codes;
        this.unitBytes = (long) StripLayout.codeBytes(type) * lanes;
        this.mask = mask;
        this.bias = bias;
        this.offsets = new long[groups];
        this.shifts = new int[groups];
        this.highOffsets = new long[groups];
        this.highTurns = new int[groups];
    }

    /** The format of a quantised type. */
    static StripFormat of(DType type, int lanes) {
        return switch (type) {
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no codes");
            case Q8_0 -> new StripFormat(type, lanes, Codes.BYTES, 2, -1, 128).at(lanes, g -> 16 * g, _ -> 0);
            case Q4_0 -> new StripFormat(type, lanes, Codes.NIBBLES, 2, LOW_NIBBLES, 8).at(lanes, _ -> 0, g -> 4 * g);
            case Q4_1 -> new StripFormat(type, lanes, Codes.NIBBLES, 2, LOW_NIBBLES, 0).at(lanes, _ -> 0, g -> 4 * g);
            case IQ4_NL ->
                new StripFormat(type, lanes, Codes.LEVELS, 2, LOW_NIBBLES, 128).at(lanes, _ -> 0, g -> 4 * g);
            case Q5_0 -> new StripFormat(type, lanes, Codes.FIVES, 2, 0x1f, 16);
            case Q5_1 -> new StripFormat(type, lanes, Codes.FIVES, 2, 0x1f, 0);
            case Q2_K ->
                new StripFormat(type, lanes, Codes.PAIRS, 16, LOW_PAIRS, 0)
                        .at(lanes, g -> (g >> 3) * 32 + (g & 1) * 16, g -> g & 6);
            case Q3_K ->
                new StripFormat(type, lanes, Codes.SPLIT_PAIRS, 16, LOW_PAIRS, 4)
                        .at(lanes, g -> 32 + (g >> 3) * 32 + (g & 1) * 16, g -> g & 6)
                        .highWords(lanes, 0x04040404, g -> (g & 1) * 16, g -> (g >> 1) - 2);
            case Q4_K ->
                new StripFormat(type, lanes, Codes.NIBBLES, 16, LOW_NIBBLES, 0)
                        .at(lanes, g -> (g >> 1) * 16, g -> 4 * (g & 1));
            case Q5_K -> new StripFormat(type, lanes, Codes.FIVES, 16, 0x1f, 0);
            case Q6_K ->
                new StripFormat(type, lanes, Codes.SPLIT_NIBBLES, 16, LOW_NIBBLES, 32)
                        .at(lanes, g -> (g >> 3) * 64 + ((g >> 1) & 1) * 32 + (g & 1) * 16, g -> g & 4)
                        .highWords(lanes, 0x30303030, g -> 128 + (g >> 3) * 32 + (g & 1) * 16, g -> (g & 6) - 4);
            case IQ4_XS ->
                new StripFormat(type, lanes, Codes.LEVELS, 16, LOW_NIBBLES, 128)
                        .at(lanes, g -> (g >> 1) * 16, g -> 4 * (g & 1));
        };
    }

    private StripFormat at(int lanes, IntUnaryOperator offset, IntUnaryOperator shift) {
        for (int group = 0; group < offsets.length; group++) {
            offsets[group] = (long) offset.applyAsInt(group) * lanes;
            shifts[group] = shift.applyAsInt(group);
        }
        return this;
    }

    private StripFormat highWords(int lanes, int bits, IntUnaryOperator offset, IntUnaryOperator turn) {
        highMask = bits;
        highStep = 4L * lanes;
        for (int group = 0; group < offsets.length; group++) {
            highOffsets[group] = (long) offset.applyAsInt(group) * lanes;
            highTurns[group] = turn.applyAsInt(group) & 31;
        }
        return this;
    }

    Codes codes() {
        return codes;
    }

    /** Bytes of a unit's codes, all lanes. */
    long unitBytes() {
        return unitBytes;
    }

    /** Groups of a unit. */
    int groups() {
        return offsets.length;
    }

    /** The low bits of the codes, after the shift. */
    int mask() {
        return mask;
    }

    /** What a code of zero value looks like. */
    float bias() {
        return bias;
    }

    /**
     * From the group in the lower nibbles of some words to that in the higher nibbles: a power of two. Pairs of groups
     * follow each other as their words do.
     */
    int pairDistance() {
        int distance = 1;
        while (offsets[distance] != offsets[0]) {
            distance++;
        }
        return distance;
    }

    /** Where the group's words start in the unit; they follow each other, lanes inside. */
    long offset(int group) {
        return offsets[group];
    }

    /** How far the group's words are shifted to the right. */
    int shift(int group) {
        return shifts[group];
    }

    /** The high bits of the codes, after the turn. */
    int highMask() {
        return highMask;
    }

    /** Where the high bits of the group's first word are in the unit. */
    long highOffset(int group) {
        return highOffsets[group];
    }

    /** From one word's high bits to the next's. */
    long highStep() {
        return highStep;
    }

    /** How far the first word of high bits is turned to the right. */
    int highTurn(int group) {
        return highTurns[group];
    }
}
