package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;

/**
 * Multiplication by rows: each row is dequantised once into a worker's own floats and then meets every token.
 *
 * <p>One object serves all multiplications of a kernel set, one at a time, so that a call allocates nothing once the
 * scratch memory has grown to the widest matrix.
 */
final class ScalarMultiply implements Workers.Task {
    private static final int ROWS_PER_CHUNK = 16;
    private static final float[] NONE = {};

    private final RoundedRow roundedRow = new RoundedRow();
    private float[] rounded = NONE; // [tokens, cols]
    private float[][] decoded = {}; // [workers][cols]
    private StoredMatrix weights = StoredMatrix.NONE;
    private float[] x = NONE;
    private float[] y = NONE;
    private int tokens;

    void multiply(StoredMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        growScratch(workers.threads(), weights.cols());
        this.weights = weights;
        this.x = weights.isRounded() ? round(x, tokens, weights.cols()) : x;
        this.y = y;
        this.tokens = tokens;
        workers.run((weights.rows() + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK, this);
        this.weights = StoredMatrix.NONE;
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

    private void growScratch(int workers, int cols) {
        if (decoded.length < workers || decoded[0].length < cols) {
            decoded = new float[workers][cols];
        }
    }

    @Override
    public void run(int worker, int chunk) {
        float[] row = decoded[worker];
        int rows = weights.rows();
        int cols = weights.cols();
        int end = Math.min(rows, (chunk + 1) * ROWS_PER_CHUNK);
        for (int r = chunk * ROWS_PER_CHUNK; r < end; r++) {
            weights.decodeRow(r, row, 0);
            for (int token = 0; token < tokens; token++) {
                y[token * rows + r] = dot(row, x, token * cols, cols);
            }
        }
    }

    /** Four partial sums, which keep rounding errors small and the adders busy. */
    private static float dot(float[] row, float[] x, int xOffset, int size) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i + 3 < size; i += 4) {
            a += row[i] * x[xOffset + i];
            b += row[i + 1] * x[xOffset + i + 1];
            c += row[i + 2] * x[xOffset + i + 2];
            d += row[i + 3] * x[xOffset + i + 3];
        }
        for (; i < size; i++) {
            a += row[i] * x[xOffset + i];
        }
        return (a + b) + (c + d);
    }
}
