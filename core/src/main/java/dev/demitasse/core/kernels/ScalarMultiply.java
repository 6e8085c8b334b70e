package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;

/**
 * Multiplication of a batch by strips, a strip at a time.
 *
 * <p>One object serves all multiplications of a kernel set, one at a time, and allocates only to grow.
 */
final class ScalarMultiply implements Workers.Task {
    private static final float[] NONE = {};
    private static final StripMatrix.Part[] NO_PARTS = {};

    private final RoundedRow roundedRow = new RoundedRow();
    private final ColumnSums sumsOfRow = new ColumnSums(StripFormat.COLS);
    private float[] rounded = NONE; // [tokens, cols]
    private float[] columnSums = NONE; // [tokens, cols / COLS]
    private ScalarStrips[] scratch = {};
    private StripMatrix.Part[] parts = NO_PARTS;
    private float[] x = NONE;
    private float[] y = NONE;
    private int rows;
    private int tokens;

    void multiply(StripMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        if (scratch.length < workers.threads()) {
            scratch = new ScalarStrips[workers.threads()];
            Arrays.setAll(scratch, _ -> new ScalarStrips());
        }
        this.parts = weights.parts();
        this.x = weights.isRounded() ? round(x, tokens, weights.cols()) : x;
        this.y = y;
        this.rows = weights.rows();
        this.tokens = tokens;
        int strips = 0;
        boolean hasMinima = false;
        for (StripMatrix.Part part : parts) {
            strips += part.stripCount();
            hasMinima |= StripLayout.hasMinima(part.type());
        }
        if (hasMinima) {
            sumColumns(weights.cols());
        }
        workers.run(strips, this);
        this.parts = NO_PARTS;
        this.x = NONE;
        this.y = NONE;
    }

    private float[] round(float[] x, int tokens, int cols) {
        if (rounded.length < tokens * cols) {
            rounded = new float[tokens * cols];
        }
        for (int token = 0; token < tokens; token++) {
            roundedRow.round(x, token * cols, cols);
            System.arraycopy(roundedRow.values(), 0, rounded, token * cols, cols);
        }
        return rounded;
    }

    /** Formats with minima have whole groups, so that the sums of the batch are those of one long row. */
    private void sumColumns(int cols) {
        sumsOfRow.compute(x, tokens * cols);
        columnSums = sumsOfRow.values();
    }

    @Override
    public void run(int worker, int chunk) {
        int strip = chunk;
        for (StripMatrix.Part part : parts) {
            if (strip < part.stripCount()) {
                multiplyStrip(part, strip, scratch[worker]);
                return;
            }
            strip -= part.stripCount();
        }
    }

    private void multiplyStrip(StripMatrix.Part part, int strip, ScalarStrips own) {
        float[] sums = own.multiply(part, strip, x, columnSums, tokens);
        int firstRow = strip * part.lanes();
        int present = Math.min(part.lanes(), part.rows() - firstRow);
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(sums, token * part.lanes(), y, token * rows + part.firstRow() + firstRow, present);
        }
    }
}
