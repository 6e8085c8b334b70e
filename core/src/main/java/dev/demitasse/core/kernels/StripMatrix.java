package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Matrices stacked by rows, each repacked into strips of its own; see {@link StripLayout}. The memory is freed with the
 * object.
 */
final class StripMatrix implements PreparedMatrix {
    private static final long CACHE_LINE = 64;

    /** One of the stacked matrices. */
    record Part(DType type, int firstRow, int rows, int cols, int lanes, MemorySegment strips) {
        long stripBytes() {
            return StripLayout.stripBytes(type, cols, lanes);
        }

        int stripCount() {
            return (rows + lanes - 1) / lanes;
        }
    }

    private final Part[] parts;
    private final int rows;
    private final int cols;
    private final int lanes;

    /** @throws IllegalArgumentException if there is no matrix, or if their columns differ */
    StripMatrix(List<Matrix> stacked, int lanes) {
        StoredMatrix stored = new StoredMatrix(stacked);
        this.rows = stored.rows();
        this.cols = stored.cols();
        this.lanes = lanes;
        this.parts = new Part[stacked.size()];
        int firstRow = 0;
        for (int i = 0; i < parts.length; i++) {
            Matrix matrix = stacked.get(i);
            parts[i] = new Part(matrix.type(), firstRow, matrix.rows(), cols, lanes, repack(matrix, lanes));
            firstRow += matrix.rows();
        }
    }

    private static MemorySegment repack(Matrix matrix, int lanes) {
        long stripBytes = StripLayout.stripBytes(matrix.type(), matrix.cols(), lanes);
        long bytes = (matrix.rows() + lanes - 1) / lanes * stripBytes;
        MemorySegment strips = Arena.ofAuto().allocate(bytes, CACHE_LINE);
        StripLayout.pack(matrix, lanes, strips);
        return strips;
    }

    Part[] parts() {
        return parts;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int cols() {
        return cols;
    }

    @Override
    public DType type(int row) {
        return partOf(row).type();
    }

    @Override
    public String form() {
        return List.of(parts).stream()
                .map(part -> part.type().toString())
                .distinct()
                .collect(Collectors.joining(" and ", "", " in " + lanes + "-row strips"));
    }

    @Override
    public long ownBytes() {
        long bytes = 0;
        for (Part part : parts) {
            bytes += part.strips().byteSize();
        }
        return bytes;
    }

    /**
     * Dequantises one row: {@code out[outOffset ..< outOffset + cols]}.
     *
     * @param block scratch memory for one block
     */
    void decodeRow(int row, MemorySegment block, float[] out, int outOffset) {
        Part part = partOf(row);
        DType type = part.type();
        int strip = (row - part.firstRow()) / lanes;
        int lane = (row - part.firstRow()) % lanes;
        long at = strip * part.stripBytes();
        int unitCols = StripLayout.unitCols(type);
        for (int col = 0; col < cols; col += unitCols) {
            StripLayout.readUnit(type, part.strips(), at, lane, lanes, block);
            BlockDecoder.decode(type, block, 0, Math.min(unitCols, cols - col), out, outOffset + col);
            at += (long) StripLayout.unitBytes(type) * lanes;
        }
    }

    private Part partOf(int row) {
        int index = parts.length - 1;
        while (row < parts[index].firstRow()) {
            index--;
        }
        return parts[index];
    }
}
