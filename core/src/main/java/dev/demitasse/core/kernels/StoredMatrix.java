package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.Matrix;
import java.util.List;

/** Matrices stacked by rows and left where and as their file stores them: what every {@link PreparedMatrix} stands for. */
final class StoredMatrix {
    private final Matrix[] parts;
    private final int[] firstRows;
    private final int rows;

    /**
     * Stacks matrices.
     *
     * @throws IllegalArgumentException if there is no matrix, or if their columns differ
     */
    StoredMatrix(List<Matrix> stacked) {
        if (stacked.isEmpty()) {
            throw new IllegalArgumentException("nothing to prepare: expected at least one matrix");
        }
        parts = stacked.toArray(Matrix[]::new);
        firstRows = new int[parts.length];
        int count = 0;
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].cols() != parts[0].cols()) {
                throw new IllegalArgumentException("cannot stack " + parts[i].name() + " with " + parts[i].cols()
                        + " columns under " + parts[0].name() + " with " + parts[0].cols());
            }
            firstRows[i] = count;
            count = Math.addExact(count, parts[i].rows());
        }
        rows = count;
    }

    int rows() {
        return rows;
    }

    int cols() {
        return parts[0].cols();
    }

    /** Dequantises one row: {@code out[outOffset ..< outOffset + cols]}. */
    void decodeRow(int row, float[] out, int outOffset) {
        int index = parts.length - 1;
        while (row < firstRows[index]) {
            index--;
        }
        Dequantizer.readRow(parts[index], row - firstRows[index], out, outOffset);
    }
}
