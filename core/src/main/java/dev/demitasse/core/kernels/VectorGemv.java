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

    /** Rows of activations for which weights are read once: a multiple of {@link VectorDotRows#ROWS}. */
    private static final int MOST_BY_FOURS = 8;

    // Large enough that claiming a chunk costs nothing beside it, small enough that no worker waits long for another.
    private static final long MIN_CHUNK_BYTES = 32 << 10;
    private static final long MAX_CHUNK_BYTES = 128 << 10;

    private static final class Scratch {
        private final VectorStrips strips = new VectorStrips();
        private final float[] lastStrip = new float[VectorLanes.LANES];
        private final float[] fours = new float[MOST_BY_FOURS * VectorLanes.LANES]; // [tokens][LANES]
    }

    private final VectorRow row = new VectorRow();
    private final RoundedRow roundedRow = new RoundedRow();
    private final ColumnSums sums = new ColumnSums(StripFormat.COLS);
    private Scratch[] scratch = {};
    private StripMatrix.Part[] parts = {};
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

    /** More rows of activations are better multiplied by unpacked panels, which costs as much as some rows do; measured. */
    static int mostTokens(StripMatrix weights) {
        if (readsOnceForSeveral(weights)) {
            return weights.isRounded() ? 6 : 5;
        }
        boolean fast = weights.isRounded();
        for (StripMatrix.Part part : weights.parts()) {
            fast &= part.pairOrder() != PairedRow.Order.BYTES;
        }
        return fast ? 5 : 2;
    }

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
        // Four rows at once cost less than two one by one, or as much as three in integers: fewer are not filled up.
        int least = weights.isRounded() ? 3 : 2;
        int byFours = readsOnceForSeveral(weights)
                ? Math.min(tokens, (tokens + VectorDotRows.ROWS - least) / VectorDotRows.ROWS * VectorDotRows.ROWS)
                : 0;
        if (byFours > 0) {
            pack(x, byFours, weights.isRounded(), hasMinima(weights));
            multiplyAll(weights, byFours, y, workers);
        }
        if (tokens == 1) {
            multiplyRow(weights, x, y, workers);
        } else {
            multiplyOneByOne(weights, x, byFours, tokens, y, workers);
        }
    }

    private void multiplyOneByOne(
            StripMatrix weights, float[] x, int firstToken, int afterToken, float[] y, Workers workers) {
        growRow();
        if (oneY.length < rows) {
            oneY = new float[rows];
        }
        for (int token = firstToken; token < afterToken; token++) {
            System.arraycopy(x, token * cols, oneX, 0, cols);
            multiplyRow(weights, oneX, oneY, workers);
            System.arraycopy(oneY, 0, y, token * rows, rows);
        }
    }

    private void growRow() {
        if (oneX.length < cols) {
            oneX = new float[cols];
        }
    }

    /** Puts the activations of four rows side by side, and the sums of their columns; the last four are filled up by zeroes. */
    private void pack(float[] x, int tokens, boolean round, boolean withSums) {
        int padded = (tokens + VectorDotRows.ROWS - 1) / VectorDotRows.ROWS * VectorDotRows.ROWS;
        int groups = cols / StripFormat.COLS;
        growRow();
        if (packed.length < padded * cols) {
            packed = new float[padded * cols];
        }
        if (packedSums.length < padded * groups) {
            packedSums = new float[padded * groups];
        }
        for (int token = 0; token < padded; token++) {
            float[] values = oneX;
            if (token >= tokens) {
                Arrays.fill(values, 0, cols, 0);
            } else if (round) {
                VectorRounding.round(x, token * cols, cols, roundedRow);
                values = roundedRow.values();
            } else {
                System.arraycopy(x, token * cols, values, 0, cols);
            }
            int firstOfFour = token / VectorDotRows.ROWS * VectorDotRows.ROWS;
            interleave(values, cols, packed, firstOfFour * cols + token % VectorDotRows.ROWS);
            if (withSums) {
                sums.compute(values, cols);
                interleave(sums.values(), groups, packedSums, firstOfFour * groups + token % VectorDotRows.ROWS);
            }
        }
    }

    private static void interleave(float[] row, int size, float[] fours, int to) {
        for (int i = 0; i < size; i++) {
            fours[to + i * VectorDotRows.ROWS] = row[i];
        }
    }

    private void multiplyRow(StripMatrix weights, float[] x, float[] y, Workers workers) {
        row.set(x, cols, weights.parts(), weights.isRounded());
        multiplyAll(weights, 1, y, workers);
    }

    private void multiplyAll(StripMatrix weights, int tokens, float[] y, Workers workers) {
        this.parts = weights.parts();
        this.y = y;
        this.tokens = tokens;
        grow(workers.threads());
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
    }

    private static boolean hasMinima(StripMatrix weights) {
        for (StripMatrix.Part part : weights.parts()) {
            if (StripLayout.hasMinima(part.type())) {
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
        int firstRow = strip * part.lanes();
        int rows = Math.min(part.lanes(), part.rows() - firstRow);
        boolean whole = rows == part.lanes();
        float[] out = whole ? y : own.lastStrip;
        int outOffset = whole ? part.firstRow() + firstRow : 0;
        own.strips.multiply(part, strip, row, out, outOffset);
        if (!whole) {
            System.arraycopy(own.lastStrip, 0, y, part.firstRow() + firstRow, rows);
        }
    }

    private void multiplyStripByFours(StripMatrix.Part part, int strip, Scratch own) {
        StripFormat format = Objects.requireNonNull(part.format());
        int firstRow = strip * part.lanes();
        int present = Math.min(part.lanes(), part.rows() - firstRow);
        Arrays.fill(own.fours, 0);
        for (int segment = 0; segment < StripLayout.segments(cols); segment++) {
            own.strips.readScales(part, strip, segment);
            int begin = segment * StripLayout.SEGMENT_COLS;
            for (int first = 0; first < tokens; first += VectorDotRows.ROWS) {
                int packedAt = first * cols + begin * VectorDotRows.ROWS;
                int sumsAt = packedAt / StripFormat.COLS;
                int outAt = first * part.lanes();
                own.strips.multiplyFour(
                        part, format, strip, segment, packed, packedAt, packedSums, sumsAt, own.fours, outAt);
            }
        }
        for (int token = 0; token < tokens; token++) {
            int to = token * rows + part.firstRow() + firstRow;
            System.arraycopy(own.fours, token * part.lanes(), y, to, present);
        }
    }
}
