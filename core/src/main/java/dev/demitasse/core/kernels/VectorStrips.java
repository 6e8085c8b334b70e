package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Which loops belong to which strips, and the scratch memory one worker needs for them: scales are read first, then
 * codes; plain numbers are read at once.
 */
final class VectorStrips {
    private static final int GROUPS = StripLayout.SEGMENT_COLS / StripFormat.COLS;

    private final float[] scales = new float[GROUPS * VectorLanes.LANES]; // [GROUPS, LANES]
    private final float[] minima = new float[GROUPS * VectorLanes.LANES]; // [GROUPS, LANES]
    private final float[] noMinima = new float[GROUPS * VectorLanes.LANES]; // zeroes

    /**
     * Multiplies one strip: {@code out[outOffset + lane] = sum over c of row lane [c] * x[c]}, for all lanes.
     */
    void multiply(StripMatrix.Part part, int strip, VectorRow row, float[] out, int outOffset) {
        StripFormat format = part.format();
        if (format == null) {
            long at = strip * part.stripBytes();
            VectorFloats.dot(part.type(), part.finite(), part.strips(), at, part.cols(), row.values(), out, outOffset);
            return;
        }
        Arrays.fill(out, outOffset, outOffset + VectorLanes.LANES, 0);
        PairedRow.Order order = row.isRounded() ? part.pairOrder() : null;
        for (int i = 0; i < row.segmentCount(); i++) {
            VectorRow.Segment segment = row.segment(i);
            long scalesAt = part.scalesAt(strip, i);
            long codesAt = part.codesAt(strip, i);
            int units = StripLayout.units(part.type(), segment.cols());
            if (order == null) {
                multiplyFloats(part, format, scalesAt, codesAt, units, segment, out, outOffset);
            } else {
                multiplyRounded(part, format, order, scalesAt, codesAt, units, segment, out, outOffset);
            }
        }
    }

    private void multiplyFloats(
            StripMatrix.Part part,
            StripFormat format,
            long scalesAt,
            long at,
            int units,
            VectorRow.Segment segment,
            float[] out,
            int outOffset) {
        DType type = part.type();
        float[] x = segment.values();
        VectorScales.read(type, part.strips(), scalesAt, units, scales, minima);
        if (StripLayout.hasMinima(type)) {
            VectorScales.dotMinima(minima, segment.groupSums(), units * format.groups(), out, outOffset);
        }
        switch (format.codes()) {
            case BYTES -> VectorDot.bytes(format, part.strips(), at, units, scales, x, out, outOffset);
            case PAIRS -> VectorDot.pairs(format, part.strips(), at, units, scales, x, out, outOffset);
            case NIBBLES -> VectorDot.nibbles(format, part.strips(), at, units, scales, x, out, outOffset);
            case FIVES ->
                VectorDot.fives(format, part.strips(), at, units * format.groups() / 2, scales, x, out, outOffset);
            case SPLIT_PAIRS -> VectorDot.splitPairs(format, part.strips(), at, units, scales, x, out, outOffset);
            case SPLIT_NIBBLES -> VectorDot.splitNibbles(format, part.strips(), at, units, scales, x, out, outOffset);
            case LEVELS -> VectorDot.levels(format, part.strips(), at, units, scales, x, out, outOffset);
        }
    }

    /** In integers of 16 bits. */
    private void multiplyRounded(
            StripMatrix.Part part,
            StripFormat format,
            PairedRow.Order order,
            long scalesAt,
            long at,
            int units,
            VectorRow.Segment segment,
            float[] out,
            int outOffset) {
        DType type = part.type();
        MemorySegment strips = part.strips();
        int blocks = units * format.groups() / 2;
        VectorScales.readForBlocks(type, strips, scalesAt, units, scales, minima);
        if (StripLayout.hasMinima(type)) {
            VectorScales.addToMinima(scales, order.bias() - format.bias(), blocks, minima);
            VectorScales.dotMinima(minima, segment.blockSums(), blocks, out, outOffset);
        }
        float[] pairs = segment.paired(order).pairs();
        float[] starts = segment.paired(order).starts();
        float[] xScales = segment.scales();
        switch (order) {
            case NIBBLES -> VectorIntDot.nibbles(strips, at, blocks, scales, pairs, starts, xScales, out, outOffset);
            case FIVES -> VectorIntDot.fives(strips, at, blocks, scales, pairs, starts, xScales, out, outOffset);
            case BYTES ->
                VectorIntDot.splitNibbles(format, strips, at, units, scales, pairs, starts, xScales, out, outOffset);
        }
    }

    /** True if {@link #multiplyFour} knows the codes. */
    static boolean canMultiplyFour(StripMatrix.Part part) {
        StripFormat format = part.format();
        return format != null
                && switch (format.codes()) {
                    case BYTES, PAIRS, NIBBLES -> true;
                    case FIVES, SPLIT_PAIRS, SPLIT_NIBBLES, LEVELS -> false;
                };
    }

    /** Reads the scales of one segment of a strip, for {@link #multiplyFour}. */
    void readScales(StripMatrix.Part part, int strip, int segment) {
        int units = StripLayout.units(part.type(), StripLayout.segmentCols(part.cols(), segment));
        VectorScales.read(part.type(), part.strips(), part.scalesAt(strip, segment), units, scales, minima);
    }

    /**
     * Multiplies the segment whose scales were read last by four rows of activations.
     *
     * @param packed {@code [cols, 4]} from {@code packedAt}
     * @param sums of the columns, {@code [groups, 4]} from {@code sumsAt}; read for formats with minima
     * @param out {@code [4, LANES]} from {@code outAt}, added to
     */
    void multiplyFour(
            StripMatrix.Part part,
            StripFormat format,
            int strip,
            int segment,
            float[] packed,
            int packedAt,
            float[] sums,
            int sumsAt,
            float[] out,
            int outAt) {
        int units = StripLayout.units(part.type(), StripLayout.segmentCols(part.cols(), segment));
        if (StripLayout.hasMinima(part.type())) {
            VectorDotRows.minima(minima, sums, sumsAt, units * format.groups(), out, outAt);
        }
        long at = part.codesAt(strip, segment);
        VectorDotRows.fields(format, part.strips(), at, units, scales, packed, packedAt, out, outAt);
    }

    /**
     * Dequantises a segment of one strip into the strip's part of a panel, {@code [cols][LANES]} from {@code panelAt}.
     */
    void unpack(StripMatrix.Part part, int strip, int segment, float[] panel, int panelAt) {
        DType type = part.type();
        int units = StripLayout.units(type, StripLayout.segmentCols(part.cols(), segment));
        long at = part.codesAt(strip, segment);
        StripFormat format = part.format();
        if (format == null) {
            VectorFloats.unpack(type, part.finite(), part.strips(), at, units, panel, panelAt);
            return;
        }
        VectorScales.read(type, part.strips(), part.scalesAt(strip, segment), units, scales, minima);
        float[] added = StripLayout.hasMinima(type) ? minima : noMinima;
        switch (format.codes()) {
            case BYTES -> VectorUnpack.bytes(format, part.strips(), at, units, scales, panel, panelAt);
            case FIVES -> {
                int blocks = units * format.groups() / 2;
                VectorUnpack.fives(format, part.strips(), at, blocks, scales, added, panel, panelAt);
            }
            case PAIRS, NIBBLES -> VectorUnpack.fields(format, part.strips(), at, units, scales, added, panel, panelAt);
            case SPLIT_PAIRS, SPLIT_NIBBLES ->
                VectorUnpack.splitFields(format, part.strips(), at, units, scales, added, panel, panelAt);
            case LEVELS -> VectorUnpack.levels(format, part.strips(), at, units, scales, added, panel, panelAt);
        }
    }
}
