package dev.demitasse.core.model;

/** Scratch memory for the rows of one batch: made once, written by every forward pass. */
final class Activations {
    /** The residual stream. */
    final float[] x; // [rows, hidden]

    /** Input of attention, of the feed-forward block, of the LM head. */
    final float[] normed; // [rows, hidden]

    final float[] queryKeyValue; // [rows, (heads + 2 * kvHeads) * headDim]
    final float[] attended; // [rows, heads * headDim]
    final float[] gateUp; // [rows, 2 * intermediate]
    final float[] gated; // [rows, intermediate]

    /** What a block adds to the residual stream. */
    final float[] projected; // [rows, hidden]

    static long bytes(DecoderConfig config, int rows) {
        long row = 3L * config.hiddenSize()
                + config.queryKeyValueSize()
                + config.querySize()
                + 3L * config.intermediateSize();
        return rows * row * Float.BYTES;
    }

    Activations(DecoderConfig config, int rows) {
        x = values(rows, config.hiddenSize());
        normed = values(rows, config.hiddenSize());
        queryKeyValue = values(rows, config.queryKeyValueSize());
        attended = values(rows, config.querySize());
        gateUp = values(rows, 2 * config.intermediateSize());
        gated = values(rows, config.intermediateSize());
        projected = values(rows, config.hiddenSize());
    }

    private static float[] values(int rows, int width) {
        if ((long) rows * width > Batch.LONGEST_ARRAY) {
            throw new IllegalArgumentException("a batch of " + rows + " rows with " + width
                    + " values each fits no array: at most " + Batch.LONGEST_ARRAY / width + " rows do");
        }
        return new float[rows * width];
    }
}
