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
     */
    record Part(
            DType type,
            @Nullable StripFormat format,
            int firstRow,
            int rows,
            int cols,
            int lanes,
            MemorySegment strips) {
        long stripBytes() {
            return StripLayout.stripBytes(type, cols, lanes);
        }

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
                StripFormat format = matrix.type().blockSize() == 1 ? null : StripFormat.of(matrix.type(), lanes);
                parts[i] = new Part(matrix.type(), format, firstRow, matrix.rows(), cols, lanes, repack(matrix));
                firstRow += matrix.rows();
            }
            packed = true;
        } finally {
            if (!packed) {
                arena.close();
            }
        }
    }

    private MemorySegment repack(Matrix matrix) {
        long stripBytes = StripLayout.stripBytes(matrix.type(), matrix.cols(), lanes);
        long bytes = (matrix.rows() + lanes - 1) / lanes * stripBytes;
        MemorySegment strips = arena.allocate(bytes, CACHE_LINE);
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
