package dev.demitasse.core.format;

import dev.demitasse.core.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A GGUF file (version 3) to be written: keys and tensors are declared first, then the tensors' bytes are asked for one by
 * one. The file gets its name when it is complete. Not thread-safe.
 */
public final class GgufOutput {
    private static final int ALIGNMENT = 32;
    private static final int VERSION = 3;
    private static final String PART = ".incomplete";

    private final LittleEndian keys = new LittleEndian();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private int keyCount;

    private record Tensor(DType type, List<Long> shape) {
        long bytes() {
            long rows = shape.subList(0, shape.size() - 1).stream().reduce(1L, Math::multiplyExact);
            return Math.multiplyExact(rows, type.rowBytes(shape.getLast()));
        }
    }

    /** Writes the bytes of one tensor. */
    @FunctionalInterface
    public interface TensorWriter {
        /**
         * Writes them all.
         *
         * @param name one of the declared tensors
         */
        void write(String name, WritableByteChannel out) throws IOException;
    }

    /** Begins an empty file. */
    public GgufOutput() {}

    /** Adds an unsigned integer of 32 bits. */
    public GgufOutput integer(String key, long value) {
        if (value < 0 || value >= 1L << 32) {
            throw new IllegalArgumentException(key + " is " + value + "; expected an integer from 0 to 2^32 - 1");
        }
        key(key, GgufValueType.U32);
        keys.int32((int) value);
        return this;
    }

    /** Adds a float. */
    public GgufOutput real(String key, double value) {
        key(key, GgufValueType.F32);
        keys.int32(Float.floatToRawIntBits((float) value));
        return this;
    }

    /** Adds a boolean. */
    public GgufOutput flag(String key, boolean value) {
        key(key, GgufValueType.BOOL);
        keys.bytes((byte) (value ? 1 : 0));
        return this;
    }

    /** Adds a text. */
    public GgufOutput text(String key, String value) {
        key(key, GgufValueType.STRING);
        keys.text(value);
        return this;
    }

    /** Adds an array of texts. */
    public GgufOutput texts(String key, List<String> values) {
        key(key, GgufValueType.ARRAY);
        keys.int32(GgufValueType.STRING.id());
        keys.int64(values.size());
        values.forEach(keys::text);
        return this;
    }

    /** Adds an array of signed integers of 32 bits. */
    public GgufOutput integers(String key, int... values) {
        key(key, GgufValueType.ARRAY);
        keys.int32(GgufValueType.I32.id());
        keys.int64(values.length);
        Arrays.stream(values).forEach(keys::int32);
        return this;
    }

    /** Adds the keys of another file, as they are stored there, but for some. */
    public GgufOutput copy(GgufMetadata metadata, Set<String> except) {
        for (String key : metadata.keys()) {
            // The alignment is this file's own.
            if (!except.contains(key) && !key.equals(GgufHead.ALIGNMENT_KEY)) {
                keyCount++;
                keys.text(key);
                keys.int32(metadata.typeOf(key).id());
                keys.bytes(metadata.stored(key));
            }
        }
        return this;
    }

    private void key(String key, GgufValueType type) {
        keyCount++;
        keys.text(key);
        keys.int32(type.id());
    }

    /**
     * Declares a tensor.
     *
     * @param shape row-major, outermost dimension first
     * @throws IllegalArgumentException if the type's blocks do not fill the rows, or the name was declared before
     */
    public GgufOutput tensor(String name, DType type, List<Long> shape) {
        Tensor tensor = new Tensor(type, List.copyOf(shape));
        type.rowBytes(shape.getLast());
        if (tensors.putIfAbsent(name, tensor) != null) {
            throw new IllegalArgumentException("tensor " + name + " is declared twice");
        }
        return this;
    }

    /** Bytes that the tensors take. */
    public long tensorBytes() {
        return tensors.values().stream().mapToLong(Tensor::bytes).sum();
    }

    /**
     * Writes the file beside its place and moves it there when it is complete; what was there is replaced. Of several who
     * write the same file at once, each writes beside it under a name of its own, and the last to end has it. Who is
     * killed leaves a {@code .incomplete} file.
     *
     * @throws IOException if that is not possible; there is then no half of a file, and what was there stays
     */
    public void write(Path file, TensorWriter writer) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + PART);
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                write(out, writer);
                out.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void write(FileChannel out, TensorWriter writer) throws IOException {
        writeFully(out, head());
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            pad(out);
            long start = out.position();
            writer.write(tensor.getKey(), out);
            long written = out.position() - start;
            if (written != tensor.getValue().bytes()) {
                throw new IllegalStateException("tensor " + tensor.getKey() + ": found " + written + " bytes; expected "
                        + tensor.getValue().bytes());
            }
        }
        pad(out);
    }

    private static void pad(FileChannel out) throws IOException {
        long position = out.position();
        writeFully(out, new byte[(int) (Math.ceilDiv(position, ALIGNMENT) * ALIGNMENT - position)]);
    }

    private static void writeFully(FileChannel out, byte... bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }

    private byte[] head() {
        LittleEndian head = new LittleEndian();
        head.bytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        head.int32(VERSION);
        head.int64(tensors.size());
        head.int64(keyCount);
        head.bytes(keys.toBytes());
        long offset = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            head.text(entry.getKey());
            head.int32(tensor.shape().size());
            // GGUF counts from the innermost dimension.
            tensor.shape().reversed().forEach(head::int64);
            head.int32(GgmlType.valueOf(tensor.type().name()).id());
            head.int64(offset);
            offset = Math.ceilDiv(offset + tensor.bytes(), ALIGNMENT) * ALIGNMENT;
        }
        return head.toBytes();
    }

    /** Bytes in the order that GGUF has them. */
    private static final class LittleEndian {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        void int32(int value) {
            bytes(ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
        }

        void int64(long value) {
            bytes(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array());
        }

        void text(String value) {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            int64(utf8.length);
            bytes(utf8);
        }

        void bytes(byte... bytes) {
            out.writeBytes(bytes);
        }

        byte[] toBytes() {
            return out.toByteArray();
        }
    }
}
