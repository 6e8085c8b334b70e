package dev.demitasse.core.format;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Types of GGUF metadata values and their numbers (GGUF specification, "gguf_metadata_value_type"). */
enum GgufValueType {
    U8(0, 1),
    I8(1, 1),
    U16(2, 2),
    I16(3, 2),
    U32(4, 4),
    I32(5, 4),
    F32(6, 4),
    BOOL(7, 1),
    STRING(8, 8),
    ARRAY(9, 12),
    U64(10, 8),
    I64(11, 8),
    F64(12, 8);

    private static final GgufValueType[] BY_ID = values();

    private final int id;
    private final int minBytes;

    GgufValueType(int id, int minBytes) {
        this.id = id;
        this.minBytes = minBytes;
    }

    static @Nullable GgufValueType of(int id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }

    /** Its number in the file. */
    int id() {
        return id;
    }

    /** Bytes a value takes; of a string or array, the least it can take. */
    int minBytes() {
        return minBytes;
    }

    boolean isInteger() {
        return switch (this) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
            case F32, F64, BOOL, STRING, ARRAY -> false;
        };
    }

    boolean isReal() {
        return this == F32 || this == F64;
    }

    /** As messages call it: {@code "u32"}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
