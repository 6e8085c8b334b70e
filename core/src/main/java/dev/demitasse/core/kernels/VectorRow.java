package dev.demitasse.core.kernels;

/**
 * One row of activations, and what else its products with strips are made of: computed once, used for every strip.
 *
 * <p>Reused, so that a multiplication allocates only to grow.
 */
final class VectorRow {
    private final ColumnSums groupSums = new ColumnSums(StripFormat.COLS);
    private final ColumnSums blockSums = new ColumnSums(RoundedRow.BLOCK);
    private final RoundedRow rounded = new RoundedRow();
    private final PairedRow nibbles = new PairedRow(PairedRow.Order.NIBBLES);
    private final PairedRow fives = new PairedRow(PairedRow.Order.FIVES);
    private final PairedRow bytes = new PairedRow(PairedRow.Order.BYTES);
    private float[] values = {};
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
        boolean hasMinima = false;
        for (StripMatrix.Part part : parts) {
            hasMinima |= StripLayout.hasMinima(part.type());
        }
        if (hasMinima) {
            groupSums.compute(values, cols);
            blockSums.compute(values, cols);
        }
        if (round) {
            pair(nibbles, cols, parts);
            pair(fives, cols, parts);
            pair(bytes, cols, parts);
        }
    }

    private void pair(PairedRow row, int cols, StripMatrix.Part[] parts) {
        for (StripMatrix.Part part : parts) {
            if (part.pairOrder() == row.order()) {
                row.compute(rounded.codes(), cols);
                return;
            }
        }
    }

    /** True if the products are of rounded activations. */
    boolean isRounded() {
        return isRounded;
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
        return rounded.scales();
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
