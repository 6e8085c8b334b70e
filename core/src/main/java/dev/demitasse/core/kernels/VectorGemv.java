package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;

/**
 * One row of activations by a matrix in strips. Bound by memory: weights are decoded in registers and used once.
 *
 * <p>One object serves all such multiplications of a kernel set, one at a time, and allocates only to grow.
 */
final class VectorGemv implements Workers.Task {
    private static final int SUM_COLS = 16;
    private static final int CHUNKS_PER_WORKER = 8;

    // Large enough that claiming a chunk costs nothing beside it, small enough that no worker waits long for another.
    private static final long MIN_CHUNK_BYTES = 32 << 10;
    private static final long MAX_CHUNK_BYTES = 128 << 10;

    private float[][] lastStrip = {}; // [workers][LANES]
    private float[] sums = {}; // [cols / 16]
    private StripMatrix.Part[] parts = {};
    private float[] x = {};
    private float[] y = {};
    private int stripsPerChunk;
    private int stripCount;

    /** {@code y[r] = sum over c of weights[r, c] * x[c]}. */
    void multiply(StripMatrix weights, float[] x, float[] y, Workers workers) {
        this.parts = weights.parts();
        this.x = x;
        this.y = y;
        if (lastStrip.length < workers.threads()) {
            lastStrip = new float[workers.threads()][VectorLanes.LANES];
        }
        sumColumns(weights);
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

    private void sumColumns(StripMatrix weights) {
        boolean needed = false;
        for (StripMatrix.Part part : parts) {
            needed |= VectorFormats.hasMinima(part.type());
        }
        if (!needed) {
            return;
        }
        int count = weights.cols() / SUM_COLS;
        if (sums.length < count) {
            sums = new float[count];
        }
        for (int i = 0; i < count; i++) {
            float sum = 0;
            for (int c = 0; c < SUM_COLS; c++) {
                sum += x[i * SUM_COLS + c];
            }
            sums[i] = sum;
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
                multiplyStrip(part, strip - firstOfPart, lastStrip[worker]);
            }
            firstOfPart = afterPart;
        }
    }

    private void multiplyStrip(StripMatrix.Part part, int strip, float[] scratch) {
        int row = strip * part.lanes();
        int rows = Math.min(part.lanes(), part.rows() - row);
        boolean whole = rows == part.lanes();
        float[] out = whole ? y : scratch;
        int outOffset = whole ? part.firstRow() + row : 0;
        VectorFormats.gemv(part.type(), part.strips(), strip * part.stripBytes(), part.cols(), x, sums, out, outOffset);
        if (!whole) {
            System.arraycopy(scratch, 0, y, part.firstRow() + row, rows);
        }
    }
}
