package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;
import java.util.Objects;

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
        private final float[] four = new float[VectorDotRows.ROWS * VectorLanes.LANES];
    }

    private final ColumnSums sums = new ColumnSums();
    private Scratch[] scratch = {};
    private StripMatrix.Part[] parts = {};
    private float[] x = {};
    private float[] y = {};
    private float[] oneX = {}; // [cols], a row of a batch
    private float[] oneY = {}; // [rows]
    private float[] packed = {}; // [fours][cols][4]
    private float[] packedSums = {}; // [fours][groups][4]
    private int cols;
    private int rows;
    private int tokens;
    private int stripsPerChunk;
    private int stripCount;

    /** True if the weights are read once for several rows of activations. */
    static boolean readsOnceForSeveral(StripMatrix weights) {
        for (StripMatrix.Part part : weights.parts()) {
            if (!VectorStrips.canMultiplyFour(part)) {
                return false;
            }
        }
        return true;
    }

    /** {@code y[t, r] = sum over c of weights[r, c] * x[t, c]}. */
    void multiply(StripMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        this.cols = weights.cols();
        this.rows = weights.rows();
        if (tokens == 1) {
            multiplyAll(weights, x, 1, y, workers);
        } else if (tokens > 2 && readsOnceForSeveral(weights)) { // four rows cost as much as two one by one
            pack(x, tokens);
            if (hasMinima(weights)) {
                packSums(x, tokens);
            }
            multiplyAll(weights, x, tokens, y, workers);
        } else {
            multiplyOneByOne(weights, x, tokens, y, workers);
        }
    }

    private void multiplyOneByOne(StripMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        growRow();
        if (oneY.length < rows) {
            oneY = new float[rows];
        }
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(x, token * cols, oneX, 0, cols);
            multiplyAll(weights, oneX, 1, oneY, workers);
            System.arraycopy(oneY, 0, y, token * rows, rows);
        }
    }

    private void growRow() {
        if (oneX.length < cols) {
            oneX = new float[cols];
        }
    }

    /** Puts the activations of four rows side by side; the last four are filled up by zeroes. */
    private void pack(float[] x, int tokens) {
        int padded = (tokens + VectorDotRows.ROWS - 1) / VectorDotRows.ROWS * VectorDotRows.ROWS;
        if (packed.length < padded * cols) {
            packed = new float[padded * cols];
        }
        for (int token = 0; token < padded; token++) {
            int to = token / VectorDotRows.ROWS * VectorDotRows.ROWS * cols + token % VectorDotRows.ROWS;
            for (int c = 0; c < cols; c++) {
                packed[to + c * VectorDotRows.ROWS] = token < tokens ? x[token * cols + c] : 0;
            }
        }
    }

    /** The sums of the columns of each row, side by side as the rows are; those that fill up have what they had. */
    private void packSums(float[] x, int tokens) {
        int padded = (tokens + VectorDotRows.ROWS - 1) / VectorDotRows.ROWS * VectorDotRows.ROWS;
        int groups = cols / StripFormat.COLS;
        growRow();
        if (packedSums.length < padded * groups) {
            packedSums = new float[padded * groups];
        }
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(x, token * cols, oneX, 0, cols);
            sums.compute(oneX, cols);
            int to = token / VectorDotRows.ROWS * VectorDotRows.ROWS * groups + token % VectorDotRows.ROWS;
            for (int group = 0; group < groups; group++) {
                packedSums[to + group * VectorDotRows.ROWS] = sums.values()[group];
            }
        }
    }

    private void multiplyAll(StripMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        this.parts = weights.parts();
        this.x = x;
        this.y = y;
        this.tokens = tokens;
        grow(workers.threads());
        if (tokens == 1 && hasMinima(weights)) {
            sums.compute(x, cols);
        }
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

    private void grow(int workers) {
        if (scratch.length < workers) {
            scratch = new Scratch[workers];
            Arrays.setAll(scratch, _ -> new Scratch());
        }
        for (Scratch own : scratch) {
            own.strips.grow(cols);
        }
    }

    private static boolean hasMinima(StripMatrix weights) {
        for (StripMatrix.Part part : weights.parts()) {
            if (VectorScales.hasMinima(part.type())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void run(int worker, int chunk) {
        int begin = chunk * stripsPerChunk;
        int end = Math.min(stripCount, begin + stripsPerChunk);
        int firstOfPart = 0;
        for (StripMatrix.Part part : parts) {
            int afterPart = firstOfPart + part.stripCount();
            for (int strip = Math.max(begin, firstOfPart); strip < Math.min(end, afterPart); strip++) {
                if (tokens == 1) {
                    multiplyStrip(part, strip - firstOfPart, scratch[worker]);
                } else {
                    multiplyStripByFours(part, strip - firstOfPart, scratch[worker]);
                }
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

    private void multiplyStripByFours(StripMatrix.Part part, int strip, Scratch own) {
        StripFormat format = Objects.requireNonNull(part.format());
        int row = strip * part.lanes();
        int present = Math.min(part.lanes(), part.rows() - row);
        own.strips.readScales(part, strip);
        for (int first = 0; first < tokens; first += VectorDotRows.ROWS) {
            int sumsAt = first * (cols / StripFormat.COLS);
            own.strips.multiplyFour(part, format, strip, packed, first * cols, packedSums, sumsAt, own.four);
            for (int token = first; token < Math.min(first + VectorDotRows.ROWS, tokens); token++) {
                int to = token * rows + part.firstRow() + row;
                System.arraycopy(own.four, (token - first) * part.lanes(), y, to, present);
            }
        }
    }
}
