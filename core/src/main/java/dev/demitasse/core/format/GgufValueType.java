package dev.demitasse.core.format;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Types of GGUF metadata values; the ordinal is the number in the file (GGUF specification, "gguf_metadata_value_type"). */
enum GgufValueType {
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    U32(4),
    I32(4),
    F32(4),
    BOOL(1),
    STRING(8),
    ARRAY(12),
    U64(8),
    I64(8),
    F64(8);

    private final int minBytes;

    GgufValueType(int minBytes) {
        this.minBytes = minBytes;
    }

    static @Nullable GgufValueType of(int id) {
        return id >= 0 && id < values().length ? values()[id] : null;
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
