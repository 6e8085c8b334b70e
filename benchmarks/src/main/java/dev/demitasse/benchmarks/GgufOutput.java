package dev.demitasse.benchmarks;

import dev.demitasse.core.tensor.DType;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A GGUF file (version 3) to be written: keys and tensors are declared first, then the data is streamed. */
final class GgufOutput {
    private static final int ALIGNMENT = 32;
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int F32 = 6;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /**
     * A declared tensor.
     *
     * @param rows number of rows
     * @param cols values in each
     */
    record Tensor(String name, DType type, int rows, int cols, boolean isVector) {
        long bytes() {
            return rows * type.rowBytes(cols);
        }
    }

    /** Writes the data of one tensor. */
    @FunctionalInterface
    interface Data {
        void write(Tensor tensor, OutputStream out) throws IOException;
    }

    private final LittleEndian keys = new LittleEndian();
    private final List<Tensor> tensors = new ArrayList<>();
    private int keyCount;

    void integer(String key, int value) {
        key(key, U32);
        keys.int32(value);
    }

    void real(String key, float value) {
        key(key, F32);
        keys.int32(Float.floatToRawIntBits(value));
    }

    void text(String key, String value) {
        key(key, STRING);
        keys.text(value);
    }

    void texts(String key, List<String> values) {
        key(key, ARRAY);
        keys.int32(STRING);
        keys.int64(values.size());
        values.forEach(keys::text);
    }

    void integers(String key, int... values) {
        key(key, ARRAY);
        keys.int32(I32);
        keys.int64(values.length);
        for (int value : values) {
            keys.int32(value);
        }
    }

    private void key(String key, int type) {
        keyCount++;
        keys.text(key);
        keys.int32(type);
    }

    void matrix(String name, DType type, int rows, int cols) {
        tensors.add(new Tensor(name, type, rows, cols, false));
    }

    void vector(String name, int size) {
        tensors.add(new Tensor(name, DType.F32, 1, size, true));
    }

    /** What was declared. */
    List<Tensor> tensors() {
        return List.copyOf(tensors);
    }

    /** Writes the file; the data of the tensors is asked for one by one in the order of their declaration. */
    void write(Path file, Data data) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            byte[] head = head();
            out.write(head);
            out.write(padding(head.length));
            for (Tensor tensor : tensors) {
                data.write(tensor, out);
                out.write(padding(tensor.bytes()));
            }
        }
    }

    /** Writes the data of a tensor of floats. */
    static void writeFloats(OutputStream out, int count, Supplier<Float> next) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            bytes.putFloat(next.get());
        }
        out.write(bytes.array());
    }

    private byte[] head() {
        LittleEndian head = new LittleEndian();
        head.bytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        head.int32(3);
        head.int64(tensors.size());
        head.int64(keyCount);
        head.bytes(keys.toBytes());
        long offset = 0;
        for (Tensor tensor : tensors) {
            head.text(tensor.name());
            head.int32(tensor.isVector() ? 1 : 2);
            head.int64(tensor.cols());
            if (!tensor.isVector()) {
                head.int64(tensor.rows());
            }
            head.int32(typeNumber(tensor.type()));
            head.int64(offset);
            offset += tensor.bytes() + padding(tensor.bytes()).length;
        }
        return head.toBytes();
    }

    private static byte[] padding(long length) {
        return new byte[(int) (Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT - length)];
    }

    /** By {@code enum ggml_type}. */
    private static int typeNumber(DType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q5_0 -> 6;
            case Q5_1 -> 7;
            case Q8_0 -> 8;
            case Q2_K -> 10;
            case Q3_K -> 11;
            case Q4_K -> 12;
            case Q5_K -> 13;
            case Q6_K -> 14;
            case IQ4_NL -> 20;
            case IQ4_XS -> 23;
            case BF16 -> 30;
        };
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
