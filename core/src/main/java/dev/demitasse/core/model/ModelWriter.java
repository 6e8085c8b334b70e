package dev.demitasse.core.model;

import dev.demitasse.core.format.GgufOutput;
import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Writes the tensors of a model into a GGUF file, matrices in another format. Holds a few megabytes of them at a time. */
final class ModelWriter {
    private static final long BATCH_BYTES = 1 << 22;

    /** A tensor of the source, and the type that it gets. */
    private record Part(TensorInfo tensor, DType type) {}

    private final TensorFile source;
    private final MatrixConversion conversion;
    private final LoadProgress progress;
    /** By the names that they get. */
    private final Map<String, Part> parts = new LinkedHashMap<>();

    private final long bytesTotal;
    private long bytesDone;

    /**
     * @param names of the source
     * @param conversion used by this alone
     */
    ModelWriter(
            TensorFile source,
            TensorNames names,
            DecoderConfig config,
            WeightFormat format,
            MatrixConversion conversion,
            LoadProgress progress) {
        this.source = source;
        this.conversion = conversion;
        this.progress = progress;
        Map<String, DType> matrixTypes = format.matrixTypes(TensorNames.GGUF, config);
        names.inGguf(source, config).forEach((target, name) -> {
            TensorInfo tensor = source.tensor(name);
            // Vectors of other files are of any type; GGUF files that others read have them in F32.
            DType asIs = names.equals(TensorNames.GGUF) ? tensor.type() : DType.F32;
            DType type = matrixTypes.getOrDefault(target, asIs);
            MatrixConversion.requirePlain(tensor, type);
            parts.put(target, new Part(tensor, type));
        });
        this.bytesTotal = parts.values().stream()
                .mapToLong(part -> part.tensor().byteSize())
                .sum();
    }

    /** Declares the tensors behind what the file was said to be, and writes it. */
    void write(GgufOutput output, Path target) throws IOException {
        parts.forEach(
                (name, part) -> output.tensor(name, part.type(), part.tensor().shape()));
        progress.loaded(0, bytesTotal);
        try {
            output.write(target, this::writeTensor);
        } catch (InternalError fault) {
            // What the JVM throws when mapped bytes are gone; see docs/DECISIONS.md, "Mapped files".
            source.checkUnchanged();
            throw fault;
        }
        progress.loaded(bytesTotal, bytesTotal);
    }

    private void writeTensor(String name, WritableByteChannel out) throws IOException {
        Part part = Objects.requireNonNull(parts.get(name), name);
        TensorInfo tensor = part.tensor();
        DType type = part.type();
        try (Arena arena = Arena.ofShared()) {
            Matrix matrix = matrix(tensor, source.map(tensor, arena));
            long rowBytes = type.rowBytes(matrix.cols());
            int batchRows = Math.clamp(BATCH_BYTES / rowBytes, 1, matrix.rows());
            MemorySegment batch = arena.allocate(batchRows * rowBytes, Long.BYTES);
            for (int first = 0; first < matrix.rows(); first += batchRows) {
                int rows = Math.min(batchRows, matrix.rows() - first);
                MemorySegment converted = batch.asSlice(0, rows * rowBytes);
                conversion.convert(matrix, first, rows, type, converted);
                ByteBuffer bytes = converted.asByteBuffer();
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                progress.loaded(bytesDone + (first + rows) * matrix.rowBytes(), bytesTotal);
            }
        }
        source.checkUnchanged();
        bytesDone += tensor.byteSize();
    }

    /** A tensor as a matrix; a vector is one row. */
    private static Matrix matrix(TensorInfo tensor, MemorySegment data) {
        long cols = tensor.shape().getLast();
        long rows = tensor.shape().stream().reduce(1L, Math::multiplyExact) / cols;
        return new Matrix(tensor.name(), Math.toIntExact(rows), Math.toIntExact(cols), tensor.type(), data);
    }
}
