package dev.demitasse.core.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A weight matrix as its file stores it: row-major {@code [rows, cols]}, rows being output features. Storage only.
 *
 * @param name the tensor's name, for messages
 * @param rows output features, positive
 * @param cols input features, a positive multiple of the type's block size
 * @param type how values are encoded
 * @param data exactly {@code rows * type.rowBytes(cols)} bytes, usually a slice of a mapped file
 */
public record Matrix(String name, int rows, int cols, DType type, MemorySegment data) {
    /** @throws IllegalArgumentException if the size of {@code data} does not fit the shape */
    public Matrix {
        long expected = Math.multiplyExact(type.rowBytes(cols), (long) rows);
        if (rows <= 0 || data.byteSize() != expected) {
            throw new IllegalArgumentException(name + ": " + rows + " x " + cols + " values of type " + type + " take "
                    + expected + " bytes, found " + data.byteSize());
        }
    }

    /** Bytes one row takes. */
    public long rowBytes() {
        return type.rowBytes(cols);
    }
}
