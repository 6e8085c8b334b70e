package dev.demitasse.core.kernels;

import java.util.Arrays;

/**
 * One row of activations, and what else its products with strips are made of: computed once, used for every strip.
 *
 * <p>Reused, so that a multiplication allocates only to grow.
 */
final class VectorRow {
    /** The columns of one segment of a strip. */
    static final class Segment {
        private final float[] values = new float[StripLayout.SEGMENT_COLS];
        private final float[] scales = new float[StripLayout.SEGMENT_COLS / RoundedRow.BLOCK];
        private final ColumnSums groupSums = new ColumnSums(StripFormat.COLS);
        private final ColumnSums blockSums = new ColumnSums(RoundedRow.BLOCK);
        private final PairedRow nibbles = new PairedRow(PairedRow.Order.NIBBLES);
        private final PairedRow fives = new PairedRow(PairedRow.Order.FIVES);
        private final PairedRow bytes = new PairedRow(PairedRow.Order.BYTES);
        private int cols;

        private void set(float[] x, int from, int cols, boolean withSums) {
            this.cols = cols;
            System.arraycopy(x, from, values, 0, cols);
            if (withSums) {
                groupSums.compute(values, cols);
                blockSums.compute(values, cols);
            }
        }

        private void pair(RoundedRow rounded, int from, StripMatrix.Part[] parts) {
            System.arraycopy(rounded.scales(), from / RoundedRow.BLOCK, scales, 0, cols / RoundedRow.BLOCK);
            pair(nibbles, rounded, from, parts);
            pair(fives, rounded, from, parts);
            pair(bytes, rounded, from, parts);
        }

        private void pair(PairedRow row, RoundedRow rounded, int from, StripMatrix.Part[] parts) {
            for (StripMatrix.Part part : parts) {
                if (part.pairOrder() == row.order()) {
                    row.compute(rounded.codes(), from, cols);
                    return;
                }
            }
        }

        int cols() {
            return cols;
        }

        /** The activations, rounded if they are to be: {@code [cols]}. */
        float[] values() {
            return values;
        }

        /** Their sums over each 16 columns; there if a part has minima. */
        float[] groupSums() {
            return groupSums.values();
        }

        /** Their sums over each 32 columns; there if a part has minima. */
        float[] blockSums() {
            return blockSums.values();
        }

        /** The scales of the rounded activations. */
        float[] scales() {
            return scales;
        }

        /** The factors in one of the orders that the parts have. */
        PairedRow paired(PairedRow.Order order) {
            return switch (order) {
                case NIBBLES -> nibbles;
                case FIVES -> fives;
                case BYTES -> bytes;
            };
        }
    }

    private final RoundedRow rounded = new RoundedRow();
    private Segment[] segments = {};
    private float[] values = {};
    private int segmentCount;
    private boolean isRounded;

    /**
     * Takes a row.
     *
     * @param x {@code [cols]}; read until the next call
     * @param parts what it will be multiplied by
     * @param round whether the products are of rounded activations
     */
    void set(float[] x, int cols, StripMatrix.Part[] parts, boolean round) {
        isRounded = round;
        values = x;
        if (round) {
            VectorRounding.round(x, 0, cols, rounded);
            values = rounded.values();
        }
        boolean hasCodes = false;
        boolean hasMinima = false;
        for (StripMatrix.Part part : parts) {
            hasCodes |= part.format() != null;
            hasMinima |= StripLayout.hasMinima(part.type());
        }
        segmentCount = hasCodes ? StripLayout.segments(cols) : 0;
        grow(segmentCount);
        for (int i = 0; i < segmentCount; i++) {
            int from = i * StripLayout.SEGMENT_COLS;
            segments[i].set(values, from, StripLayout.segmentCols(cols, i), hasMinima);
            if (round) {
                segments[i].pair(rounded, from, parts);
            }
        }
    }

    private void grow(int count) {
        int present = segments.length;
        if (present < count) {
            segments = Arrays.copyOf(segments, count);
            for (int i = present; i < count; i++) {
                segments[i] = new Segment();
            }
        }
    }

    /** True if the products are of rounded activations. */
    boolean isRounded() {
        return isRounded;
    }

    /** All activations, rounded if they are to be: {@code [cols]}. */
    float[] values() {
        return values;
    }

    /** Segments of the row; none if no part has codes. */
    int segmentCount() {
        return segmentCount;
    }

    /** The segment whose first column is {@code index * StripLayout.SEGMENT_COLS}. */
    Segment segment(int index) {
        return segments[index];
    }
}
