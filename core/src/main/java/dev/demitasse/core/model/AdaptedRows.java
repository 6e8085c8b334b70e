package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.model.LoraAdapter.Factors;
import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Adds what LoRA adapters add to the products of a batch. Rows with the same adapter are computed together, whichever
 * sequences they belong to; rows without one are not touched. Scratch memory is made when the first row has an adapter.
 */
final class AdaptedRows {
    private final Batch batch;
    private final Kernels kernels;
    private final Workers workers;

    /** The batch's adapters, each once. */
    private final LoraAdapter[] adapters;

    private final int[] ends; // for each adapter, where its rows end in the list of rows
    private final int[] rows; // [rows with adapters], those of an adapter together, in order
    private int count;

    private float[] input = {}; // [rows of one adapter, cols]
    private float[] inner = {}; // [rows of one adapter, ranks]
    private float[] added = {}; // [rows of one adapter, rows of the matrix]

    private final RowTask addRows = new RowTask(this::addRow);
    private int first;
    private int width;
    private float[] target = {};

    AdaptedRows(Batch batch, Kernels kernels, Workers workers) {
        this.batch = batch;
        this.kernels = kernels;
        this.workers = workers;
        this.adapters = new LoraAdapter[batch.capacity()];
        this.ends = new int[batch.capacity()];
        this.rows = new int[batch.capacity()];
    }

    /** Finds the adapters of a batch that is about to be computed. */
    void group() {
        Arrays.fill(adapters, 0, count, null);
        count = 0;
        int end = 0;
        for (int row = 0; row < batch.size(); row++) {
            LoraAdapter adapter = batch.cache(row).adapter();
            if (adapter != null && !isKnown(adapter)) {
                for (int other = row; other < batch.size(); other++) {
                    if (batch.cache(other).adapter() == adapter) {
                        rows[end++] = other;
                    }
                }
                adapters[count] = adapter;
                ends[count++] = end;
            }
        }
    }

    private boolean isKnown(LoraAdapter adapter) {
        for (int i = 0; i < count; i++) {
            if (adapters[i] == adapter) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@code y += scale B (A x)} for the rows that have an adapter.
     *
     * @param layer from 0
     * @param matrix which of the layer's matrices
     * @param x {@code [rows, cols]}
     * @param y {@code [rows, rows of the matrix]}
     */
    void add(int layer, Function<LoraAdapter.Layer, @Nullable Factors> matrix, float[] x, float[] y) {
        for (int i = 0; i < count; i++) {
            Factors factors = matrix.apply(adapters[i].layer(layer));
            if (factors != null) {
                int start = i == 0 ? 0 : ends[i - 1];
                add(factors, start, ends[i] - start, x, y);
            }
        }
    }

    private void add(Factors factors, int start, int size, float[] x, float[] y) {
        int cols = factors.down().cols();
        int rank = factors.rank();
        width = factors.up().rows();
        first = start;
        target = y;
        inner = atLeast(inner, size * rank);
        added = atLeast(added, size * width);
        // [ranks, cols] @ [size, cols] -> [size, ranks]
        kernels.multiply(factors.down(), gathered(start, size, cols, x), size, inner, workers);
        // [rows of the matrix, ranks] @ [size, ranks] -> [size, rows of the matrix]
        kernels.multiply(factors.up(), inner, size, added, workers);
        addRows.run(size, workers);
    }

    /** The inputs of these rows, side by side. */
    private float[] gathered(int start, int size, int cols, float[] x) {
        if (size == batch.size()) {
            return x;
        }
        input = atLeast(input, size * cols);
        for (int i = 0; i < size; i++) {
            System.arraycopy(x, rows[start + i] * cols, input, i * cols, cols);
        }
        return input;
    }

    private void addRow(int index) {
        kernels.add(target, rows[first + index] * width, added, index * width, width);
    }

    private static float[] atLeast(float[] scratch, int size) {
        return scratch.length >= size ? scratch : new float[size];
    }
}
