package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.util.List;
import java.util.stream.Collectors;

/** Matrices stacked by rows and left where and as their file stores them. */
final class StoredMatrix implements PreparedMatrix {
    /** Stands for "no matrix" where a kernel set keeps nothing between calls. */
    static final StoredMatrix NONE = new StoredMatrix();

    private final Matrix[] parts;
    private final int[] firstRows;
    private final int rows;
    private final boolean rounded;

    private StoredMatrix() {
        rounded = false;
        parts = new Matrix[0];
        firstRows = new int[0];
        rows = 0;
    }

    /** @throws IllegalArgumentException if there is no matrix, or if their columns differ */
    StoredMatrix(List<Matrix> stacked) {
        this(stacked, false);
    }

    /**
     * Stacks matrices.
     *
     * @param rounded whether activations are rounded before they are multiplied by these
     * @throws IllegalArgumentException if there is no matrix, or if their columns differ
     */
    StoredMatrix(List<Matrix> stacked, boolean rounded) {
        this.rounded = rounded;
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

    /** True if activations are rounded before they are multiplied by these matrices. */
    boolean isRounded() {
        return rounded;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int cols() {
        return parts[0].cols();
    }

    @Override
    public DType type(int row) {
        return parts[partOf(row)].type();
    }

    @Override
    public String form() {
        return List.of(parts).stream()
                .map(part -> part.type().toString())
                .distinct()
                .collect(Collectors.joining(" and ", "", " as stored"));
    }

    @Override
    public long ownBytes() {
        return 0;
    }

    @Override
    public void close() {
        // Nothing of its own.
    }

    /** Dequantises one row: {@code out[outOffset ..< outOffset + cols]}. */
    void decodeRow(int row, float[] out, int outOffset) {
        int index = partOf(row);
        Matrix part = parts[index];
        long offset = (row - firstRows[index]) * part.rowBytes();
        BlockDecoder.decode(part.type(), part.data(), offset, part.cols(), out, outOffset);
    }

    private int partOf(int row) {
        int index = parts.length - 1;
        while (row < firstRows[index]) {
            index--;
        }
        return index;
    }
}
