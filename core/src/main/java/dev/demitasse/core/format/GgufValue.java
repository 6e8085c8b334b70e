package dev.demitasse.core.format;

import org.jspecify.annotations.Nullable;

/**
 * Where a metadata value lies in the head of its file; decoded when asked for.
 *
 * @param type its type
 * @param start its first byte; of strings and arrays, the first after the length
 * @param length bytes of a string, elements of an array, otherwise 1
 * @param elementType type of the elements of an array, otherwise null
 * @param stringStarts for an array of strings, where the length of each string lies; otherwise empty
 */
record GgufValue(
        GgufValueType type, int start, int length, @Nullable GgufValueType elementType, int[] stringStarts) {
    private static final int[] NONE = {};

    static GgufValue scalar(GgufValueType type, int start, int length) {
        return new GgufValue(type, start, length, null, NONE);
    }

    static GgufValue array(GgufValueType elementType, int start, int length) {
        return new GgufValue(GgufValueType.ARRAY, start, length, elementType, NONE);
    }

    static GgufValue strings(int start, int[] stringStarts) {
        return new GgufValue(GgufValueType.ARRAY, start, stringStarts.length, GgufValueType.STRING, stringStarts);
    }

    /** The type as messages call it: {@code "u32"}, {@code "array of 12 string"}. */
    String label() {
        return elementType == null ? type.label() : "array of " + length + " " + elementType.label();
    }
}
