package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.kernels.Quantizer;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** Rewrites matrices in other types, many rows at once on threads of its own. One caller at a time. */
final class MatrixConversion implements AutoCloseable {
    private static final long CHUNK_BYTES = 1 << 18;

    private final Path file;
    private final Workers workers;
    private final Quantizer[] quantizers;

    /** @param file the model, for messages */
    MatrixConversion(Path file, int threads) {
        this.file = file;
        this.workers = new Workers("demitasse-quantize", threads);
        this.quantizers =
                IntStream.range(0, threads).mapToObj(_ -> new Quantizer()).toArray(Quantizer[]::new);
    }

    /**
     * Refuses what was rounded before: rounding a second time loses more than the new type alone would.
     *
     * @throws FileFormatException if the tensor is in blocks of another type
     */
    static void requirePlain(TensorInfo tensor, DType type) {
        if (tensor.type() != type && tensor.type().blockSize() > 1) {
            throw new FileFormatException(
                    Kind.UNSUPPORTED,
                    tensor.file(),
                    "tensor " + tensor.name(),
                    "type " + tensor.type(),
                    "F32, F16 or BF16, to be written as " + type,
                    "Start from the model as it was before it was quantised.");
        }
    }

    /**
     * A matrix in another type, by the calling thread alone; in {@code arena}, unless it has that type already.
     *
     * @param file the model, for messages
     */
    static Matrix convert(Path file, Matrix stored, DType type, Arena arena) {
        if (stored.type() == type) {
            return stored;
        }
        MemorySegment data = arena.allocate(stored.rows() * type.rowBytes(stored.cols()), Long.BYTES);
        try {
            new Quantizer().convert(stored, 0, stored.rows(), type, data);
        } catch (IllegalArgumentException e) {
            throw cannotStore(file, stored, type, e);
        }
        return new Matrix(stored.name(), stored.rows(), stored.cols(), type, data);
    }

    /**
     * Rewrites some rows.
     *
     * @param target as many bytes as they take in the new type
     * @throws FileFormatException if a weight is not finite, or too large for the type
     */
    void convert(Matrix source, int firstRow, int rows, DType type, MemorySegment target) {
        long rowBytes = type.rowBytes(source.cols());
        if (source.type() == type) {
            target.copyFrom(source.data().asSlice(firstRow * rowBytes, rows * rowBytes));
            return;
        }
        int chunkRows = Math.clamp(CHUNK_BYTES / rowBytes, 1, rows);
        try {
            workers.run(Math.ceilDiv(rows, chunkRows), (worker, chunk) -> {
                int from = chunk * chunkRows;
                int count = Math.min(chunkRows, rows - from);
                quantizers[worker].convert(
                        source, firstRow + from, count, type, target.asSlice(from * rowBytes, count * rowBytes));
            });
        } catch (IllegalArgumentException e) {
            throw cannotStore(file, source, type, e);
        }
    }

    private static FileFormatException cannotStore(
            Path file, Matrix matrix, DType type, IllegalArgumentException reason) {
        return new FileFormatException(
                Kind.NON_FINITE,
                file,
                "tensor " + matrix.name(),
                String.valueOf(reason.getMessage()),
                "weights that can be stored as " + type,
                "The file is damaged, or another format suits it better.",
                reason);
    }

    @Override
    public void close() {
        workers.close();
    }
}
