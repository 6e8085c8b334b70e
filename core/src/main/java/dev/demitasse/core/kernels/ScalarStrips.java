package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.ScalarLines.LANES;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Multiplies a strip of {@link ScalarLines#LANES} rows by a batch, and holds the scratch memory that one worker needs for
 * it. Weights are unpacked {@link StripFormat#COLS} columns at a time, once for all tokens. What a token gets does not depend on
 * which others there are.
 */
final class ScalarStrips {
    private static final int COLS = StripFormat.COLS;

    /** Of a super-block: the most that any format has in a unit. */
    private static final int MOST_CODE_WORDS = 64;

    private static final int MOST_SCALE_BYTES = 20;

    private final float[] lines = new float[ScalarLines.SIZE];
    private final int[] codes = new int[MOST_CODE_WORDS * LANES];
    private final int[] scaleWords = new int[MOST_SCALE_BYTES / Integer.BYTES * LANES];
    private final short[] scaleHalves = new short[MOST_SCALE_BYTES / Short.BYTES * LANES];
    // The same arrays as what bytes are copied to.
    private final MemorySegment codeMemory = MemorySegment.ofArray(codes);
    private final MemorySegment scaleWordMemory = MemorySegment.ofArray(scaleWords);
    private final MemorySegment scaleHalfMemory = MemorySegment.ofArray(scaleHalves);
    private final float[] lastColumns = new float[COLS];
    private float[] sums = {}; // [tokens][LANES]

    private float[] x = {};
    private float[] columnSums = {};
    private int cols;
    private int tokens;
    private int current; // the token whose sums the lines hold

    /**
     * Multiplies: {@code sums[t, lane] = sum over c of row lane [c] * x[t, c]}.
     *
     * @param x {@code [tokens, cols]}
     * @param columnSums {@code [tokens, cols / 16]}, of x; read for formats with minima
     * @return {@code [tokens, LANES]}, until the next call
     */
    float[] multiply(StripMatrix.Part part, int strip, float[] x, float[] columnSums, int tokens) {
        this.x = x;
        this.columnSums = columnSums;
        this.cols = part.cols();
        this.tokens = tokens;
        if (sums.length < tokens * LANES) {
            sums = new float[tokens * LANES];
        }
        Arrays.fill(sums, 0, tokens * LANES, 0);
        Arrays.fill(lines, ScalarLines.SUMS, ScalarLines.SUMS + LANES, 0);
        current = 0;
        StripFormat format = part.format();
        if (format == null) {
            multiplyNumbers(part, strip);
        } else {
            multiplyCodes(part, format, strip);
        }
        System.arraycopy(lines, ScalarLines.SUMS, sums, current * LANES, LANES);
        return sums;
    }

    private void multiplyCodes(StripMatrix.Part part, StripFormat format, int strip) {
        DType type = part.type();
        int codeBytes = StripLayout.codeBytes(type) * LANES;
        int scaleBytes = StripLayout.scaleBytes(type) * LANES;
        boolean hasMinima = StripLayout.hasMinima(type);
        int unitCols = StripLayout.unitCols(type);
        for (int segment = 0; segment < StripLayout.segments(cols); segment++) {
            long scalesAt = part.scalesAt(strip, segment);
            long codesAt = part.codesAt(strip, segment);
            int begin = segment * StripLayout.SEGMENT_COLS;
            int end = begin + StripLayout.segmentCols(cols, segment);
            for (int col = begin; col < end; col += unitCols) {
                MemorySegment.copy(part.strips(), codesAt, codeMemory, 0, codeBytes);
                MemorySegment.copy(part.strips(), scalesAt, scaleWordMemory, 0, scaleBytes & -Integer.BYTES);
                MemorySegment.copy(part.strips(), scalesAt, scaleHalfMemory, 0, scaleBytes);
                for (int group = 0; group < format.groups(); group++) {
                    readScales(type, group);
                    unpackCodes(format, group);
                    multiplyPanel(col + group * COLS, hasMinima);
                }
                codesAt += codeBytes;
                scalesAt += scaleBytes;
            }
        }
    }

    private void multiplyNumbers(StripMatrix.Part part, int strip) {
        DType type = part.type();
        int unitCols = StripLayout.unitCols(type);
        int units = StripLayout.units(type, cols);
        long at = strip * part.stripBytes();
        ScalarLines.unitScales(lines);
        for (int unit = 0; unit < units; ) {
            int count = Math.min(COLS / unitCols, units - unit);
            MemorySegment.copy(part.strips(), at, codeMemory, 0, (long) count * LANES * Integer.BYTES);
            for (int i = 0; i < count; i++) {
                int to = ScalarLines.column(i * unitCols);
                switch (type) {
                    case F16 -> ScalarLines.unpackHalves(codes, i * LANES, lines, to);
                    case BF16 -> ScalarLines.unpackBrainHalves(codes, i * LANES, lines, to);
                    default -> ScalarLines.unpackFloats(codes, i * LANES, lines, to);
                }
            }
            int col = unit * unitCols;
            if (cols - col >= COLS) {
                multiplyPanel(col, false);
            } else {
                multiplyLastColumns(col);
            }
            unit += count;
            at += (long) count * Integer.BYTES * LANES;
        }
    }

    /** Activations beyond the last column are zero, and so must be the weights: a NaN would not become 0. */
    private void multiplyLastColumns(int col) {
        int present = cols - col;
        Arrays.fill(lines, ScalarLines.column(present), ScalarLines.column(COLS), 0);
        Arrays.fill(lastColumns, 0);
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(x, token * cols + col, lastColumns, 0, present);
            swapSums(token);
            multiplyPanel(lastColumns, 0);
        }
    }

    private void multiplyPanel(int col, boolean hasMinima) {
        for (int token = 0; token < tokens; token++) {
            swapSums(token);
            multiplyPanel(x, token * cols + col);
            if (hasMinima) {
                ScalarLines.addMinima(lines, columnSums[(token * cols + col) / COLS]);
            }
        }
    }

    private void multiplyPanel(float[] x, int at) {
        ScalarLines.addFirstHalf(lines, x, at);
        ScalarLines.addSecondHalf(lines, x, at + COLS / 2);
    }

    /** Has the lines hold the sums of another token. */
    private void swapSums(int token) {
        if (token != current) {
            System.arraycopy(lines, ScalarLines.SUMS, sums, current * LANES, LANES);
            System.arraycopy(sums, token * LANES, lines, ScalarLines.SUMS, LANES);
            current = token;
        }
    }

    /** What {@link BlockDecoder} and {@link SuperBlockDecoder} say, with offsets as {@link StripLayout} has them. */
    private void readScales(DType type, int group) {
        int shift = 8 * (group & 3);
        int wordAt = (group >> 2) * LANES;
        switch (type) {
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no scales");
            case Q8_0, Q4_0, Q5_0, IQ4_NL -> {
                if (group == 0) {
                    ScalarLines.readScales(scaleHalves, 0, lines);
                }
            }
            case Q4_1, Q5_1 -> {
                if (group == 0) {
                    ScalarLines.readScales(scaleHalves, 0, lines);
                    ScalarLines.readMinima(scaleHalves, LANES, lines);
                }
            }
            case Q2_K -> {
                if (group == 0) {
                    ScalarLines.readScaleOfScales(scaleHalves, 8 * LANES, lines);
                    ScalarLines.readScaleOfMinima(scaleHalves, 9 * LANES, lines);
                }
                ScalarLines.scale(scaleWords, wordAt, shift, 15, lines);
                ScalarLines.minimum(scaleWords, wordAt, shift + 4, 15, lines);
            }
            case Q3_K -> {
                if (group == 0) {
                    ScalarLines.readScaleOfScales(scaleHalves, 6 * LANES, lines);
                }
                int low = ((group >> 2) & 1) * LANES;
                int turn = (shift + 2 * (group >> 2) - 4) & 31;
                ScalarLines.splitScale(scaleWords, low, shift + 4 * (group >> 3), 15, 2 * LANES, turn, 0x30, 32, lines);
            }
            case Q4_K, Q5_K -> {
                if (group == 0) {
                    ScalarLines.readScaleOfScales(scaleHalves, 0, lines);
                    ScalarLines.readScaleOfMinima(scaleHalves, LANES, lines);
                }
                if ((group & 1) == 0) {
                    readSixBits(group >> 1);
                }
            }
            case Q6_K -> {
                if (group == 0) {
                    ScalarLines.readScaleOfScales(scaleHalves, 8 * LANES, lines);
                }
                ScalarLines.signedScale(scaleWords, wordAt, shift, lines);
            }
            case IQ4_XS -> {
                if (group == 0) {
                    ScalarLines.readScaleOfScales(scaleHalves, 0, lines);
                }
                if ((group & 1) == 0) {
                    int block = group >> 1;
                    ScalarLines.splitScale(scaleWords, LANES, 4 * block, scaleHalves, LANES, 2 * block, 32, lines);
                }
            }
        }
    }

    /** Scale and minimum of a block of 32 columns of a super-block: the first four whole, the others in two parts. */
    private void readSixBits(int block) {
        int shift = 8 * (block & 3);
        int scales = LANES;
        int minima = 2 * LANES;
        int others = 3 * LANES;
        if (block < 4) {
            ScalarLines.scale(scaleWords, scales, shift, 63, lines);
            ScalarLines.minimum(scaleWords, minima, shift, 63, lines);
        } else {
            ScalarLines.splitScale(scaleWords, others, shift, 15, scales, shift + 2, 0x30, 0, lines);
            ScalarLines.splitMinimum(scaleWords, others, shift + 4, 15, minima, shift + 2, 0x30, lines);
        }
    }

    private void unpackCodes(StripFormat format, int group) {
        if (format.codes() == StripFormat.Codes.FIVES) {
            unpackFives(format, group);
            return;
        }
        int at = (int) (format.offset(group) / Integer.BYTES);
        int bias = (int) format.bias();
        for (int word = 0; word < StripFormat.WORDS; word++) {
            int to = ScalarLines.column(4 * word);
            switch (format.codes()) {
                case BYTES -> ScalarLines.unpackBytes(codes, at, lines, to);
                case PAIRS, NIBBLES ->
                    ScalarLines.unpackFields(codes, at, format.shift(group), format.mask(), bias, lines, to);
                case SPLIT_PAIRS, SPLIT_NIBBLES ->
                    ScalarLines.unpackSplitFields(
                            codes,
                            at,
                            format.shift(group),
                            format.mask(),
                            (int) ((format.highOffset(group) + word * format.highStep()) / Integer.BYTES),
                            format.highTurn(group),
                            format.highMask(),
                            bias,
                            lines,
                            to);
                case LEVELS -> ScalarLines.unpackLevels(codes, at, format.shift(group), lines, to);
                case FIVES -> throw new IllegalStateException();
            }
            at += LANES;
        }
    }

    private void unpackFives(StripFormat format, int group) {
        int at = (group >> 1) * FiveBitCodes.WORDS * LANES;
        int shift = 16 * (group & 1);
        int bias = (int) format.bias();
        for (int word = 0; word < FiveBitCodes.WORDS; word++) {
            ScalarLines.unpackFives(codes, at + word * LANES, shift, bias, lines, word);
        }
        ScalarLines.unpackLastFives(bias, lines);
    }
}
