package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The key-value pairs of a GGUF file. Immutable.
 *
 * <p>Every getter checks the type; the one-argument forms also that the key is there. Integers of all widths are read
 * by the same getters, as are both widths of floats; an integer is not taken for a float, nor the reverse. Texts are
 * decoded when asked for and must be UTF-8.
 *
 * <p>All getters throw {@link FileFormatException}: MISSING_KEY, METADATA_TYPE, BAD_VALUE or BAD_UTF8.
 */
public final class GgufMetadata {
    private final Path path;
    private final byte[] head;
    private final Map<String, GgufValue> values;

    GgufMetadata(Path path, byte[] head, Map<String, GgufValue> values) {
        this.path = path;
        this.head = head;
        this.values = Collections.unmodifiableMap(values);
    }

    /** The keys, in the order of the file. */
    public Set<String> keys() {
        return values.keySet();
    }

    /** Whether there is such a key. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The type of a value, for people: {@code "u32"}, {@code "array of 151936 string"}. */
    public String typeName(String key) {
        return required(key).label();
    }

    /** A text. */
    public String string(String key) {
        return text(key, required(key));
    }

    /** A text, or null where the key is absent. */
    public @Nullable String findString(String key) {
        GgufValue value = values.get(key);
        return value == null ? null : text(key, value);
    }

    /** An integer; unsigned 64-bit values beyond {@link Long#MAX_VALUE} are refused. */
    public long integer(String key) {
        return integer(key, required(key));
    }

    /** An integer, or {@code absent} where the key is absent. */
    public long integer(String key, long absent) {
        GgufValue value = values.get(key);
        return value == null ? absent : integer(key, value);
    }

    /** A float of 32 or 64 bits. */
    public double real(String key) {
        return real(key, required(key));
    }

    /** A float of 32 or 64 bits, or {@code absent} where the key is absent. */
    public double real(String key, double absent) {
        GgufValue value = values.get(key);
        return value == null ? absent : real(key, value);
    }

    /** A boolean. */
    public boolean bool(String key) {
        return bool(key, required(key));
    }

    /** A boolean, or {@code absent} where the key is absent. */
    public boolean bool(String key, boolean absent) {
        GgufValue value = values.get(key);
        return value == null ? absent : bool(key, value);
    }

    /**
     * An array of texts: a view that decodes each element when asked for, every time. An element that is not UTF-8 is
     * refused when it is reached.
     */
    public List<String> strings(String key) {
        GgufValue array = array(key, required(key), type -> type == GgufValueType.STRING, "an array of string");
        return new Texts(key, array);
    }

    /** An array of integers of any width, each of which must fit an {@code int}. A fresh copy. */
    public int[] integers(String key) {
        GgufValue array = array(key, required(key), GgufValueType::isInteger, "an array of integers");
        GgufValueType type = elementType(array);
        int[] integers = new int[array.length()];
        for (int i = 0; i < integers.length; i++) {
            long value = integerAt(type, array.start() + i * type.minBytes());
            if (value != (int) value) {
                throw error(Kind.BAD_VALUE, key + "[" + i + "]", Long.toString(value), "an integer of 32 bits");
            }
            integers[i] = (int) value;
        }
        return integers;
    }

    /** An array of floats of 32 or 64 bits, rounded to 32. A fresh copy. */
    public float[] reals(String key) {
        GgufValue array = array(key, required(key), GgufValueType::isReal, "an array of f32");
        GgufValueType type = elementType(array);
        float[] reals = new float[array.length()];
        for (int i = 0; i < reals.length; i++) {
            reals[i] = (float) realAt(type, array.start() + i * type.minBytes());
        }
        return reals;
    }

    /** The type of a value as the file has it. */
    GgufValueType typeOf(String key) {
        return required(key).type();
    }

    /** The bytes of a value as the file has them, what says its length included. */
    byte[] stored(String key) {
        GgufValue value = required(key);
        return switch (value.type()) {
            case STRING -> Arrays.copyOfRange(head, value.start() - Long.BYTES, value.start() + value.length());
            case ARRAY -> storedArray(value, elementType(value));
            default ->
                Arrays.copyOfRange(
                        head, value.start(), value.start() + value.type().minBytes());
        };
    }

    private byte[] storedArray(GgufValue array, GgufValueType element) {
        if (element != GgufValueType.STRING) {
            int end = array.start() + array.length() * element.minBytes();
            return Arrays.copyOfRange(head, array.start() - GgufValueType.ARRAY.minBytes(), end);
        }
        int[] starts = array.stringStarts();
        if (starts.length == 0) {
            return Arrays.copyOfRange(head, array.start(), array.start() + GgufValueType.ARRAY.minBytes());
        }
        int last = starts[starts.length - 1];
        int end = last + Long.BYTES + (int) GgufReader.longAt(head, last);
        return Arrays.copyOfRange(head, array.start(), end);
    }

    private String text(String key, GgufValue value) {
        if (value.type() != GgufValueType.STRING) {
            throw wrongType(key, value, "string");
        }
        String text = GgufReader.utf8(head, value.start(), value.length());
        if (text == null) {
            throw notUtf8(key);
        }
        return text;
    }

    private long integer(String key, GgufValue value) {
        if (!value.type().isInteger()) {
            throw wrongType(key, value, "an integer");
        }
        long integer = integerAt(value.type(), value.start());
        if (value.type() == GgufValueType.U64 && integer < 0) {
            throw error(Kind.BAD_VALUE, key, Long.toUnsignedString(integer), "at most " + Long.MAX_VALUE);
        }
        return integer;
    }

    private double real(String key, GgufValue value) {
        if (!value.type().isReal()) {
            throw wrongType(key, value, "f32");
        }
        return realAt(value.type(), value.start());
    }

    private boolean bool(String key, GgufValue value) {
        if (value.type() != GgufValueType.BOOL) {
            throw wrongType(key, value, "bool");
        }
        int stored = head[value.start()];
        if (stored != 0 && stored != 1) {
            throw error(Kind.BAD_VALUE, key, "a boolean stored as " + stored, "0 or 1");
        }
        return stored == 1;
    }

    private long integerAt(GgufValueType type, int at) {
        return switch (type) {
            case U8 -> head[at] & 0xff;
            case I8 -> head[at];
            case U16 -> GgufReader.shortAt(head, at) & 0xffff;
            case I16 -> GgufReader.shortAt(head, at);
            case U32 -> Integer.toUnsignedLong(GgufReader.intAt(head, at));
            case I32 -> GgufReader.intAt(head, at);
            case U64, I64 -> GgufReader.longAt(head, at);
            case F32, F64, BOOL, STRING, ARRAY -> throw new AssertionError(type);
        };
    }

    private double realAt(GgufValueType type, int at) {
        return type == GgufValueType.F32
                ? Float.intBitsToFloat(GgufReader.intAt(head, at))
                : Double.longBitsToDouble(GgufReader.longAt(head, at));
    }

    private GgufValue array(String key, GgufValue value, Predicate<GgufValueType> element, String expected) {
        GgufValueType type = value.elementType();
        if (type == null || !element.test(type)) {
            throw wrongType(key, value, expected);
        }
        return value;
    }

    private static GgufValueType elementType(GgufValue array) {
        GgufValueType type = array.elementType();
        if (type == null) {
            throw new AssertionError("not an array: " + array);
        }
        return type;
    }

    private GgufValue required(String key) {
        GgufValue value = values.get(key);
        if (value == null) {
            throw error(Kind.MISSING_KEY, key, "no such key", "it to be there");
        }
        return value;
    }

    private FileFormatException wrongType(String key, GgufValue value, String expected) {
        return error(Kind.METADATA_TYPE, key, value.label(), expected);
    }

    private FileFormatException notUtf8(String place) {
        return error(Kind.BAD_UTF8, place, "bytes that are not UTF-8", "UTF-8 text");
    }

    private FileFormatException error(Kind kind, String key, String found, String expected) {
        return new FileFormatException(
                kind, path, "key " + key, found, expected, "Convert the model again with a current converter.");
    }

    private final class Texts extends AbstractList<String> implements RandomAccess {
        private final String key;
        private final int[] starts;

        Texts(String key, GgufValue array) {
            this.key = key;
            this.starts = array.stringStarts();
        }

        @Override
        public String get(int index) {
            int start = starts[index];
            int length = (int) GgufReader.longAt(head, start);
            String text = GgufReader.utf8(head, start + Long.BYTES, length);
            if (text == null) {
                throw notUtf8(key + "[" + index + "]");
            }
            return text;
        }

        @Override
        public int size() {
            return starts.length;
        }
    }
}
