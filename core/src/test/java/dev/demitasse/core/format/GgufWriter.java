package dev.demitasse.core.format;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF files for tests, wrong ones too: every number goes out as it is given. */
public final class GgufWriter {
    private static final int ALIGNMENT = 32;

    private final Bytes metadata = new Bytes();
    private final Bytes descriptions = new Bytes();
    private final Bytes data = new Bytes();
    private int version = 3;
    private int alignment = ALIGNMENT;
    private long keys;
    private long tensors;

    GgufWriter version(int version) {
        this.version = version;
        return this;
    }

    /** An empty file. */
    public GgufWriter() {}

    /** Aligns the data, and says so in the metadata. */
    GgufWriter alignment(int alignment) {
        this.alignment = alignment;
        return u32("general.alignment", alignment);
    }

    public GgufWriter u32(String key, int value) {
        key(key, GgufValueType.U32).i32(value);
        return this;
    }

    GgufWriter i64(String key, GgufValueType type, long value) {
        key(key, type).i64(value);
        return this;
    }

    public GgufWriter f32(String key, float value) {
        key(key, GgufValueType.F32).i32(Float.floatToRawIntBits(value));
        return this;
    }

    GgufWriter f64(String key, double value) {
        key(key, GgufValueType.F64).i64(Double.doubleToRawLongBits(value));
        return this;
    }

    /** A type of one byte. */
    GgufWriter u8(String key, GgufValueType type, int value) {
        key(key, type).i8(value);
        return this;
    }

    public GgufWriter string(String key, String value) {
        return string(key, value.getBytes(StandardCharsets.UTF_8));
    }

    GgufWriter string(String key, byte[] value) {
        key(key, GgufValueType.STRING).string(value);
        return this;
    }

    public GgufWriter strings(String key, String... values) {
        array(key, GgufValueType.STRING, values.length);
        for (String value : values) {
            metadata.string(value.getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    GgufWriter integers(String key, int... values) {
        array(key, GgufValueType.I32, values.length);
        for (int value : values) {
            metadata.i32(value);
        }
        return this;
    }

    GgufWriter floats(String key, float... values) {
        array(key, GgufValueType.F32, values.length);
        for (float value : values) {
            metadata.i32(Float.floatToRawIntBits(value));
        }
        return this;
    }

    /** The head of an array alone: its elements follow by {@link #raw}. */
    GgufWriter array(String key, GgufValueType elementType, long length) {
        key(key, GgufValueType.ARRAY).i32(elementType.id());
        metadata.i64(length);
        return this;
    }

    /** A value of any type by its bytes. */
    GgufWriter scalar(String key, GgufValueType type, byte... bytes) {
        key(key, type).bytes(bytes);
        return this;
    }

    /** Bytes in the middle of the metadata. */
    GgufWriter raw(byte... bytes) {
        metadata.bytes(bytes);
        return this;
    }

    private Bytes key(String key, GgufValueType type) {
        keys++;
        metadata.string(key.getBytes(StandardCharsets.UTF_8));
        metadata.i32(type.id());
        return metadata;
    }

    /** A tensor with its bytes, behind the one before. The shape is row-major and written turned round. */
    public GgufWriter tensor(String name, int typeId, byte[] content, long... shape) {
        describe(name, typeId, data.size(), shape);
        data.bytes(content);
        data.pad(alignment);
        return this;
    }

    /** The description of a tensor alone. */
    GgufWriter describe(String name, int typeId, long offset, long... shape) {
        tensors++;
        descriptions.string(name.getBytes(StandardCharsets.UTF_8));
        descriptions.i32(shape.length);
        for (int i = shape.length - 1; i >= 0; i--) {
            descriptions.i64(shape[i]);
        }
        descriptions.i32(typeId);
        descriptions.i64(offset);
        return this;
    }

    public byte[] toBytes() {
        Bytes file = new Bytes();
        file.bytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        file.i32(version);
        file.i64(tensors);
        file.i64(keys);
        file.bytes(metadata.toBytes());
        file.bytes(descriptions.toBytes());
        file.pad(Math.max(1, alignment));
        file.bytes(data.toBytes());
        return file.toBytes();
    }

    /** Little-endian output. */
    static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        void i8(int value) {
            out.write(value);
        }

        void i32(int value) {
            bytes(ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
        }

        void i64(long value) {
            bytes(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array());
        }

        void string(byte[] value) {
            i64(value.length);
            bytes(value);
        }

        void bytes(byte... values) {
            out.writeBytes(values);
        }

        void pad(int alignment) {
            while (out.size() % alignment != 0) {
                out.write(0);
            }
        }

        int size() {
            return out.size();
        }

        byte[] toBytes() {
            return out.toByteArray();
        }
    }
}
