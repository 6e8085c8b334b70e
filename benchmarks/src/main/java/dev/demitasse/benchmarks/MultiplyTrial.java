package dev.demitasse.benchmarks;

import dev.demitasse.core.kernels.ActivationType;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.KernelSelection.Policy;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.PreparedMatrix;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;

/** A random matrix in a kernel set's own form, times a batch of rows: to be run many times, and its answer checked. */
final class MultiplyTrial implements AutoCloseable {
    /** A multiple of every block size. */
    static final int COLS = 1024;

    /** As models have it that do not ask for exactness. */
    private static final ActivationType ACTIVATIONS = ActivationType.INT8;

    private static final int CHECKED_ROWS = 8;
    private static final double TOLERANCE = 1e-5;

    private final Arena arena = Arena.ofShared();
    private final Kernels kernels;
    private final Workers workers;
    private final Matrix matrix;
    private final PreparedMatrix weights; // [rows, COLS]
    private final int tokens;
    private final float[] x; // [tokens, COLS]
    private final float[] y; // [tokens, rows]
    private boolean isChecked;

    /** A new set of the kernels that models get on this machine. */
    static Kernels bestKernels() {
        return KernelSelection.choose(Policy.AUTO, ACTIVATIONS).kernels();
    }

    /** @param kernels from {@link #bestKernels} */
    MultiplyTrial(Kernels kernels, Workers workers, DType type, int rows, int tokens) {
        this.kernels = kernels;
        this.workers = workers;
        this.tokens = tokens;
        this.matrix = new Matrix("random", rows, COLS, type, randomData(type, rows));
        this.weights = kernels.prepare(List.of(matrix));
        this.x = new float[tokens * COLS];
        this.y = new float[tokens * rows];
        Random random = new Random(3);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
    }

    private MemorySegment randomData(DType type, int rows) {
        byte[] row = new byte[Math.toIntExact(type.rowBytes(COLS))];
        MemorySegment data = arena.allocate((long) rows * row.length, 64);
        RandomBlocks random = new RandomBlocks(3);
        for (int i = 0; i < rows; i++) {
            random.fill(type, row);
            MemorySegment.copy(row, 0, data, ValueLayout.JAVA_BYTE, (long) i * row.length, row.length);
        }
        return data;
    }

    /** Multiplies once: {@code [tokens, COLS] @ [rows, COLS]^T -> [tokens, rows]}. */
    float[] run() {
        kernels.multiply(weights, x, tokens, y, workers);
        return y;
    }

    /** Checks the product the first time it is called. */
    void checkOnce() {
        if (!isChecked) {
            check();
            isChecked = true;
        }
    }

    /** Bytes of the weights as their file stores them. */
    long bytes() {
        return matrix.data().byteSize();
    }

    long multiplyAdds() {
        return (long) matrix.rows() * COLS * tokens;
    }

    /**
     * Compares some rows of the last product with those that the scalar kernels compute.
     *
     * @throws IllegalStateException if it is wrong
     */
    void check() {
        Kernels scalar = KernelSelection.scalar(ACTIVATIONS);
        long rowBytes = matrix.rowBytes();
        float[] expected = new float[tokens];
        float[] row = new float[COLS];
        for (int i = 0; i < CHECKED_ROWS; i++) {
            int r = (int) ((long) i * (matrix.rows() - 1) / (CHECKED_ROWS - 1));
            MemorySegment data = matrix.data().asSlice(r * rowBytes, rowBytes);
            try (PreparedMatrix one = scalar.prepare(List.of(new Matrix("row", 1, COLS, matrix.type(), data)))) {
                scalar.multiply(one, x, tokens, expected, workers);
                scalar.readRow(one, 0, row, 0);
            }
            for (int t = 0; t < tokens; t++) {
                checkProduct(r, t, expected[t], row);
            }
        }
    }

    private void checkProduct(int r, int t, float expected, float[] row) {
        double magnitude = 0;
        for (int c = 0; c < COLS; c++) {
            magnitude += Math.abs((double) row[c] * x[t * COLS + c]);
        }
        float found = y[t * matrix.rows() + r];
        if (!(Math.abs(found - expected) <= TOLERANCE * magnitude)) {
            throw new IllegalStateException(kernels.name() + ", " + weights.form() + ", row " + r + " of token " + t
                    + ": found " + found + ", expected " + expected);
        }
    }

    @Override
    public void close() {
        weights.close();
        arena.close();
    }
}
