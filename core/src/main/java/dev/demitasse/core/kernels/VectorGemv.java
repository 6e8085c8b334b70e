package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;

/**
 * Few rows of activations by a matrix in strips: weights are decoded in registers and used once for each.
 *
 * <p>One object serves all such multiplications of a kernel set, one at a time, and allocates only to grow.
 */
final class VectorGemv implements Workers.Task {
    private static final int CHUNKS_PER_WORKER = 8;

    // Large enough that claiming a chunk costs nothing beside it, small enough that no worker waits long for another.
    private static final long MIN_CHUNK_BYTES = 32 << 10;
    private static final long MAX_CHUNK_BYTES = 128 << 10;

    private static final class Scratch {
        private final VectorStrips strips = new VectorStrips();
        private final float[] lastStrip = new float[VectorLanes.LANES];
    }

    private final ColumnSums sums = new ColumnSums();
    private Scratch[] scratch = {};
    private StripMatrix.Part[] parts = {};
    private float[] x = {};
    private float[] y = {};
    private float[] oneX = {}; // [cols], a row of a batch
    private float[] oneY = {}; // [rows]
    private int stripsPerChunk;
    private int stripCount;

    /** {@code y[t, r] = sum over c of weights[r, c] * x[t, c]}, one row of the batch after the other. */
    void multiplyRows(StripMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        int rows = weights.rows();
        int cols = weights.cols();
        if (tokens == 1) {
            multiply(weights, x, y, workers);
            return;
        }
        if (oneX.length < cols) {
            oneX = new float[cols];
        }
        if (oneY.length < rows) {
            oneY = new float[rows];
        }
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(x, token * cols, oneX, 0, cols);
            multiply(weights, oneX, oneY, workers);
            System.arraycopy(oneY, 0, y, token * rows, rows);
        }
    }

    /** {@code y[r] = sum over c of weights[r, c] * x[c]}. */
    private void multiply(StripMatrix weights, float[] x, float[] y, Workers workers) {
        this.parts = weights.parts();
        this.x = x;
        this.y = y;
        grow(workers.threads(), weights.cols());
        sumColumns(weights.cols());
        stripCount = 0;
        for (StripMatrix.Part part : parts) {
            stripCount += part.stripCount();
        }
        stripsPerChunk = stripsPerChunk(weights.ownBytes(), workers.threads());
        workers.run((stripCount + stripsPerChunk - 1) / stripsPerChunk, this);
    }

    private int stripsPerChunk(long bytes, int threads) {
        long chunkBytes = Math.clamp(bytes / threads / CHUNKS_PER_WORKER, MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
        return (int) Math.max(1, chunkBytes * stripCount / bytes);
    }

    private void grow(int workers, int cols) {
        if (scratch.length < workers) {
            scratch = new Scratch[workers];
            Arrays.setAll(scratch, _ -> new Scratch());
        }
        for (Scratch own : scratch) {
            own.strips.grow(cols);
        }
    }

    private void sumColumns(int cols) {
        for (StripMatrix.Part part : parts) {
            if (VectorScales.hasMinima(part.type())) {
                sums.compute(x, cols);
                return;
            }
        }
    }

    @Override
    public void run(int worker, int chunk) {
        int begin = chunk * stripsPerChunk;
        int end = Math.min(stripCount, begin + stripsPerChunk);
        int firstOfPart = 0;
        for (StripMatrix.Part part : parts) {
            int afterPart = firstOfPart + part.stripCount();
            for (int strip = Math.max(begin, firstOfPart); strip < Math.min(end, afterPart); strip++) {
                multiplyStrip(part, strip - firstOfPart, scratch[worker]);
            }
            firstOfPart = afterPart;
        }
    }

    private void multiplyStrip(StripMatrix.Part part, int strip, Scratch own) {
        int row = strip * part.lanes();
        int rows = Math.min(part.lanes(), part.rows() - row);
        boolean whole = rows == part.lanes();
        float[] out = whole ? y : own.lastStrip;
        int outOffset = whole ? part.firstRow() + row : 0;
        own.strips.multiply(part, strip, x, sums, out, outOffset);
        if (!whole) {
            System.arraycopy(own.lastStrip, 0, y, part.firstRow() + row, rows);
        }
    }
}
