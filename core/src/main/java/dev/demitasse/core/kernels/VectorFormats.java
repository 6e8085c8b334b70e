package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;

/** Which loops belong to which format: one switch a strip, static calls from there on. */
final class VectorFormats {
    private VectorFormats() {}

    /** True if {@link #gemv} wants the sums of the input, because the format stores minima. */
    static boolean hasMinima(DType type) {
        return switch (type) {
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
            case F32, F16, BF16, Q8_0, Q4_0, Q5_0, Q3_K, Q6_K, IQ4_NL, IQ4_XS -> false;
        };
    }

    /**
     * Multiplies one strip: {@code out[outOffset + lane] = sum over c of row lane [c] * x[c]}, for all lanes.
     *
     * @param at where the strip starts
     * @param sums the sum of each 16 columns of {@code x}; read if {@link #hasMinima}
     */
    static void gemv(
            DType type, MemorySegment strips, long at, int cols, float[] x, float[] sums, float[] out, int outOffset) {
        int units = StripLayout.units(type, cols);
        switch (type) {
            case F32 -> VectorFloats.gemvF32(strips, at, cols, x, out, outOffset);
            case F16 -> VectorFloats.gemvF16(strips, at, cols, x, out, outOffset);
            case BF16 -> VectorFloats.gemvBf16(strips, at, cols, x, out, outOffset);
            case Q8_0 -> VectorQ8.gemv(strips, at, units, x, out, outOffset);
            case Q4_0 -> VectorQ4.gemvQ4of0(strips, at, units, x, out, outOffset);
            case Q4_1 -> VectorQ4.gemvQ4of1(strips, at, units, x, sums, out, outOffset);
            case Q5_0 -> VectorQ5.gemvQ5of0(strips, at, units, x, out, outOffset);
            case Q5_1 -> VectorQ5.gemvQ5of1(strips, at, units, x, sums, out, outOffset);
            case IQ4_NL -> VectorQ4.gemvIq4Nl(strips, at, units, x, out, outOffset);
            case Q2_K -> VectorQ2K.gemv(strips, at, units, x, sums, out, outOffset);
            case Q3_K -> VectorQ3K.gemv(strips, at, units, x, out, outOffset);
            case Q4_K -> VectorQ4K.gemvQ4K(strips, at, units, x, sums, out, outOffset);
            case Q5_K -> VectorQ4K.gemvQ5K(strips, at, units, x, sums, out, outOffset);
            case Q6_K -> VectorQ6K.gemv(strips, at, units, x, out, outOffset);
            case IQ4_XS -> VectorIq4Xs.gemv(strips, at, units, x, out, outOffset);
        }
    }

    /**
     * Dequantises consecutive units of one strip into a panel {@code [cols][PANEL_ROWS]}.
     *
     * @param at where the first unit starts
     * @param line where its first column goes: a multiple of {@code PANEL_ROWS}, plus the strip's place in the line
     */
    static void unpack(DType type, MemorySegment strips, long at, int units, float[] panel, int line) {
        switch (type) {
            case F32 -> VectorFloats.unpackF32(strips, at, units, panel, line);
            case F16 -> VectorFloats.unpackF16(strips, at, units, panel, line);
            case BF16 -> VectorFloats.unpackBf16(strips, at, units, panel, line);
            case Q8_0 -> VectorQ8.unpack(strips, at, units, panel, line);
            case Q4_0 -> VectorQ4.unpackQ4of0(strips, at, units, panel, line);
            case Q4_1 -> VectorQ4.unpackQ4of1(strips, at, units, panel, line);
            case Q5_0 -> VectorQ5.unpackQ5of0(strips, at, units, panel, line);
            case Q5_1 -> VectorQ5.unpackQ5of1(strips, at, units, panel, line);
            case IQ4_NL -> VectorQ4.unpackIq4Nl(strips, at, units, panel, line);
            case Q2_K -> VectorQ2K.unpack(strips, at, units, panel, line);
            case Q3_K -> VectorQ3K.unpack(strips, at, units, panel, line);
            case Q4_K -> VectorQ4K.unpackQ4K(strips, at, units, panel, line);
            case Q5_K -> VectorQ4K.unpackQ5K(strips, at, units, panel, line);
            case Q6_K -> VectorQ6K.unpack(strips, at, units, panel, line);
            case IQ4_XS -> VectorIq4Xs.unpack(strips, at, units, panel, line);
        }
    }
}
