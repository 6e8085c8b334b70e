package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Which loops belong to which strips, and the scratch memory one worker needs for them: scales are read first, then
 * codes; plain numbers are read at once.
 */
final class VectorStrips {
    private float[] scales = {}; // [groups, LANES]
    private float[] minima = {}; // [groups, LANES]
    private float[] noMinima = {}; // zeroes, as many

    /** Makes room for {@code cols} columns. */
    void grow(int cols) {
        int size = (cols + StripFormat.COLS - 1) / StripFormat.COLS * VectorLanes.LANES;
        if (scales.length < size) {
            scales = new float[size];
            minima = new float[size];
            noMinima = new float[size];
        }
    }

    /**
     * Multiplies one strip: {@code out[outOffset + lane] = sum over c of row lane [c] * x[c]}, for all lanes.
     */
    void multiply(StripMatrix.Part part, int strip, VectorRow row, float[] out, int outOffset) {
        PairedRow.Order order = part.pairOrder();
        if (row.isRounded() && order != null) {
            multiplyRounded(part, strip, order, row, out, outOffset);
        } else {
            multiplyFloats(part, strip, row, out, outOffset);
        }
    }

    private void multiplyFloats(StripMatrix.Part part, int strip, VectorRow row, float[] out, int outOffset) {
        float[] x = row.values();
        DType type = part.type();
        long at = strip * part.stripBytes();
        StripFormat format = part.format();
        if (format == null) {
            VectorFloats.dot(type, part.strips(), at, part.cols(), x, out, outOffset);
            return;
        }
        int units = StripLayout.units(type, part.cols());
        VectorScales.read(type, part.strips(), at, units, scales, minima);
        at += part.codesAt();
        if (StripLayout.hasMinima(type)) {
            VectorScales.dotMinima(minima, row.groupSums(), units * format.groups(), out, outOffset);
        } else {
            Arrays.fill(out, outOffset, outOffset + VectorLanes.LANES, 0);
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
            StripMatrix.Part part, int strip, PairedRow.Order order, VectorRow row, float[] out, int outOffset) {
        DType type = part.type();
        StripFormat format = Objects.requireNonNull(part.format());
        MemorySegment strips = part.strips();
        long at = strip * part.stripBytes();
        int units = StripLayout.units(type, part.cols());
        int blocks = units * format.groups() / 2;
        VectorScales.readForBlocks(type, strips, at, units, scales, minima);
        at += part.codesAt();
        if (StripLayout.hasMinima(type)) {
            VectorScales.addToMinima(scales, order.bias() - format.bias(), blocks, minima);
            VectorScales.dotMinima(minima, row.blockSums(), blocks, out, outOffset);
        } else {
            Arrays.fill(out, outOffset, outOffset + VectorLanes.LANES, 0);
        }
        float[] pairs = row.paired(order).pairs();
        float[] starts = row.paired(order).starts();
        float[] xScales = row.scales();
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

    /** Reads the scales of one strip, for {@link #multiplyFour}. */
    void readScales(StripMatrix.Part part, int strip) {
        int units = StripLayout.units(part.type(), part.cols());
        VectorScales.read(part.type(), part.strips(), strip * part.stripBytes(), units, scales, minima);
    }

    /**
     * Multiplies the strip whose scales were read last by four rows of activations.
     *
     * @param packed {@code [cols, 4]} from {@code packedAt}
     * @param sums of the columns, {@code [groups, 4]} from {@code sumsAt}; read for formats with minima
     * @param out {@code [4, LANES]}, overwritten
     */
    void multiplyFour(
            StripMatrix.Part part,
            StripFormat format,
            int strip,
            float[] packed,
            int packedAt,
            float[] sums,
            int sumsAt,
            float[] out) {
        int units = StripLayout.units(part.type(), part.cols());
        if (StripLayout.hasMinima(part.type())) {
            VectorDotRows.minima(minima, sums, sumsAt, units * format.groups(), out);
        } else {
            Arrays.fill(out, 0);
        }
        long at = strip * part.stripBytes() + part.codesAt();
        VectorDotRows.fields(format, part.strips(), at, units, scales, packed, packedAt, out);
    }

    /**
     * Dequantises some columns of one strip into a panel {@code [cols][PANEL_ROWS]}.
     *
     * @param firstCol a multiple of the type's unit
     * @param line where the first column goes: the strip's place in a line of the panel
     */
    void unpack(StripMatrix.Part part, int strip, int firstCol, int cols, float[] panel, int line) {
        DType type = part.type();
        int units = StripLayout.units(type, cols);
        long stripAt = strip * part.stripBytes();
        long firstUnit = firstCol / StripLayout.unitCols(type);
        long at = stripAt + part.codesAt() + firstUnit * StripLayout.codeBytes(type) * part.lanes();
        StripFormat format = part.format();
        if (format == null) {
            VectorFloats.unpack(type, part.strips(), at, units, panel, line);
            return;
        }
        long scalesAt = stripAt + firstUnit * StripLayout.scaleBytes(type) * part.lanes();
        VectorScales.read(type, part.strips(), scalesAt, units, scales, minima);
        float[] added = StripLayout.hasMinima(type) ? minima : noMinima;
        switch (format.codes()) {
            case BYTES -> VectorUnpack.bytes(format, part.strips(), at, units, scales, added, panel, line);
            case FIVES -> {
                int blocks = units * format.groups() / 2;
                VectorUnpack.fives(format, part.strips(), at, blocks, scales, added, panel, line);
            }
            case PAIRS, NIBBLES -> VectorUnpack.fields(format, part.strips(), at, units, scales, added, panel, line);
            case SPLIT_PAIRS, SPLIT_NIBBLES ->
                VectorUnpack.splitFields(format, part.strips(), at, units, scales, added, panel, line);
            case LEVELS -> VectorUnpack.levels(format, part.strips(), at, units, scales, added, panel, line);
        }
    }
}
