package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.WeightMemory;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Matrices stacked by rows, each repacked into strips of its own; see {@link StripLayout}.
 */
final class StripMatrix implements PreparedMatrix {
    /**
     * One of the stacked matrices.
     *
     * @param format where its codes are; null for plain numbers
     * @param segmentBytes from a segment of a strip to the next
     * @param stripBytes from a strip to the next
     * @param pairOrder of the factors that its codes are multiplied by as integers; null if that is not done
     * @param finite false if F16 numbers are infinite or NaN; true for other types
     */
    record Part(
            DType type,
            @Nullable StripFormat format,
            int firstRow,
            int rows,
            int cols,
            int lanes,
            long segmentBytes,
            long stripBytes,
            PairedRow.@Nullable Order pairOrder,
            boolean finite,
            MemorySegment strips) {
        int stripCount() {
            return (rows + lanes - 1) / lanes;
        }

        /** Where the scales of a segment start. */
        long scalesAt(int strip, int segment) {
            return strip * stripBytes + segment * segmentBytes;
        }

        /** Where its codes start. */
        long codesAt(int strip, int segment) {
            int segmentCols = StripLayout.segmentCols(cols, segment);
            return scalesAt(strip, segment) + StripLayout.codesAt(type, segmentCols, lanes);
        }
    }

    private final WeightMemory.Block memory;
    private final Part[] parts;
    private final int rows;
    private final int cols;
    private final int lanes;
    private final boolean rounded;

    /**
     * Repacks matrices.
     *
     * @param rounded whether activations are rounded before they are multiplied by these
     * @throws IllegalArgumentException if there is no matrix, or if their columns differ
     */
    StripMatrix(List<Matrix> stacked, int lanes, boolean rounded, WeightMemory weightMemory) {
        StoredMatrix stored = new StoredMatrix(stacked);
        this.rows = stored.rows();
        this.cols = stored.cols();
        this.lanes = lanes;
        this.rounded = rounded;
        this.parts = new Part[stacked.size()];
        this.memory = weightMemory.allocate(
                stacked.stream().mapToLong(matrix -> bytes(matrix, lanes)).sum());
        boolean packed = false;
        try {
            int firstRow = 0;
            long at = 0;
            for (int i = 0; i < parts.length; i++) {
                Matrix matrix = stacked.get(i);
                long bytes = bytes(matrix, lanes);
                parts[i] = repack(matrix, firstRow, memory.segment().asSlice(at, bytes));
                firstRow += matrix.rows();
                at += bytes;
            }
            packed = true;
        } finally {
            if (!packed) {
                memory.close();
            }
        }
    }

    private static long bytes(Matrix matrix, int lanes) {
        return (matrix.rows() + lanes - 1) / lanes * StripLayout.stripBytes(matrix.type(), matrix.cols(), lanes);
    }

    private Part repack(Matrix matrix, int firstRow, MemorySegment strips) {
        DType type = matrix.type();
        StripFormat format = type.blockSize() == 1 ? null : StripFormat.of(type, lanes);
        long segmentBytes = StripLayout.segmentBytes(type, StripLayout.SEGMENT_COLS, lanes);
        long stripBytes = StripLayout.stripBytes(type, cols, lanes);
        boolean finite = StripLayout.pack(matrix, lanes, strips);
        return new Part(
                type,
                format,
                firstRow,
                matrix.rows(),
                cols,
                lanes,
                segmentBytes,
                stripBytes,
                PairedRow.Order.of(type),
                finite,
                strips);
    }

    Part[] parts() {
        return parts;
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
        memory.close();
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
