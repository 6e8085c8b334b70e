package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.Matrix;

/** Reads weights as floats, exactly as their format defines them. */
public final class Dequantizer {
    private Dequantizer() {}

    /** Reads one row: {@code out[outOffset ..< outOffset + cols]}. Thread-safe. */
    public static void readRow(Matrix matrix, int row, float[] out, int outOffset) {
        BlockDecoder.decode(matrix.type(), matrix.data(), row * matrix.rowBytes(), matrix.cols(), out, outOffset);
    }
}
