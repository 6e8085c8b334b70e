package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Matrices stacked by rows, each repacked into strips of its own; see {@link StripLayout}.
 *
 * <p>The strips lie in an arena that must be closed: one that the garbage collector frees would count against the limit
 * of direct memory, which by default is the size of the heap.
 */
final class StripMatrix implements PreparedMatrix {
    private static final long CACHE_LINE = 64;

    /**
     * One of the stacked matrices.
     *
     * @param format where its codes are; null for plain numbers
     * @param codesAt where the codes start in a strip, after the scales
     * @param stripBytes from a strip to the next
     */
    record Part(
            DType type,
            @Nullable StripFormat format,
            int firstRow,
            int rows,
            int cols,
            int lanes,
            long codesAt,
            long stripBytes,
            MemorySegment strips) {
        int stripCount() {
            return (rows + lanes - 1) / lanes;
        }
    }

    private final Arena arena;
    private final Part[] parts;
    private final int rows;
    private final int cols;
    private final int lanes;

    /** @throws IllegalArgumentException if there is no matrix, or if their columns differ */
    @SuppressWarnings("MustBeClosed") // closed by close()
    StripMatrix(List<Matrix> stacked, int lanes) {
        StoredMatrix stored = new StoredMatrix(stacked);
        this.rows = stored.rows();
        this.cols = stored.cols();
        this.lanes = lanes;
        this.parts = new Part[stacked.size()];
        this.arena = Arena.ofShared();
        boolean packed = false;
        try {
            int firstRow = 0;
            for (int i = 0; i < parts.length; i++) {
                Matrix matrix = stacked.get(i);
                parts[i] = repack(matrix, firstRow);
                firstRow += matrix.rows();
            }
            packed = true;
        } finally {
            if (!packed) {
                arena.close();
            }
        }
    }

    private Part repack(Matrix matrix, int firstRow) {
        DType type = matrix.type();
        StripFormat format = type.blockSize() == 1 ? null : StripFormat.of(type, lanes);
        long codesAt = StripLayout.codesAt(type, cols, lanes);
        long stripBytes = StripLayout.stripBytes(type, cols, lanes);
        MemorySegment strips = arena.allocate((matrix.rows() + lanes - 1) / lanes * stripBytes, CACHE_LINE);
        StripLayout.pack(matrix, lanes, strips);
        return new Part(type, format, firstRow, matrix.rows(), cols, lanes, codesAt, stripBytes, strips);
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

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
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
        long stripAt = strip * part.stripBytes();
        int unitCols = StripLayout.unitCols(type);
        for (int unit = 0; unit < StripLayout.units(type, cols); unit++) {
            int col = unit * unitCols;
            StripLayout.readUnit(type, cols, part.strips(), stripAt, unit, lane, lanes, block);
            BlockDecoder.decode(type, block, 0, Math.min(unitCols, cols - col), out, outOffset + col);
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
