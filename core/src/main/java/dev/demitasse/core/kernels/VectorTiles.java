package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of {@link VectorGemm}: a tile of tokens by a panel of two vectors of output features, all sums in
 * registers. Unrolled by hand because vectors in arrays or loops would be boxed.
 *
 * <p>12 tokens take 24 sums, 2 weights and 1 activation of 32 registers, and make two loads and 12 broadcasts serve 24
 * multiply-adds. Lower tiles serve the last tokens of a batch, and machines with 16 registers.
 */
final class VectorTiles {
    /** Tokens of the highest tile. 256 bits mean AVX2, which has 16 registers; the others have 32. */
    static final int MAX_HEIGHT = FLOATS.vectorBitSize() == 256 ? 4 : 12;

    /** Where the second strip's part of a panel begins. */
    private static final int SECOND = StripLayout.SEGMENT_COLS * LANES;

    private VectorTiles() {}

    /** The lowest tile that holds {@code tokens}. */
    static int heightFor(int tokens) {
        return tokens <= 4 ? 4 : tokens <= 8 ? 8 : 12;
    }

    /**
     * {@code sums[i, r] += sum over k of packed[k, i] * panel[k, r]}, {@code r} being a row of the first or the second strip.
     *
     * @param packed {@code [depth, height]} from {@code at}
     * @param panel two parts {@code [depth, LANES]}, as long as if they had a whole segment
     * @param sums {@code [height, PANEL_ROWS]} from {@code to}
     */
    static void multiply(int height, float[] packed, int at, float[] panel, int depth, float[] sums, int to) {
        switch (height) {
            case 4 -> multiply4(packed, at, panel, depth, sums, to);
            case 8 -> multiply8(packed, at, panel, depth, sums, to);
            default -> multiply12(packed, at, panel, depth, sums, to);
        }
    }

    private static void multiply4(float[] packed, int at, float[] panel, int depth, float[] sums, int to) {
        if (depth == 0) {
            return;
        }
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, to);
        FloatVector b0 = FloatVector.fromArray(FLOATS, sums, to + LANES);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, to + PANEL_ROWS);
        FloatVector b1 = FloatVector.fromArray(FLOATS, sums, to + PANEL_ROWS + LANES);
        FloatVector a2 = FloatVector.fromArray(FLOATS, sums, to + 2 * PANEL_ROWS);
        FloatVector b2 = FloatVector.fromArray(FLOATS, sums, to + 2 * PANEL_ROWS + LANES);
        FloatVector a3 = FloatVector.fromArray(FLOATS, sums, to + 3 * PANEL_ROWS);
        FloatVector b3 = FloatVector.fromArray(FLOATS, sums, to + 3 * PANEL_ROWS + LANES);
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(FLOATS, panel, k * LANES);
            FloatVector b = FloatVector.fromArray(FLOATS, panel, SECOND + k * LANES);
            FloatVector x0 = FloatVector.broadcast(FLOATS, packed[at + k * 4]);
            a0 = a.fma(x0, a0);
            b0 = b.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(FLOATS, packed[at + k * 4 + 1]);
            a1 = a.fma(x1, a1);
            b1 = b.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, packed[at + k * 4 + 2]);
            a2 = a.fma(x2, a2);
            b2 = b.fma(x2, b2);
            FloatVector x3 = FloatVector.broadcast(FLOATS, packed[at + k * 4 + 3]);
            a3 = a.fma(x3, a3);
            b3 = b.fma(x3, b3);
        }
        a0.intoArray(sums, to);
        b0.intoArray(sums, to + LANES);
        a1.intoArray(sums, to + PANEL_ROWS);
        b1.intoArray(sums, to + PANEL_ROWS + LANES);
        a2.intoArray(sums, to + 2 * PANEL_ROWS);
        b2.intoArray(sums, to + 2 * PANEL_ROWS + LANES);
        a3.intoArray(sums, to + 3 * PANEL_ROWS);
        b3.intoArray(sums, to + 3 * PANEL_ROWS + LANES);
    }

    private static void multiply8(float[] packed, int at, float[] panel, int depth, float[] sums, int to) {
        if (depth == 0) {
            return;
        }
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, to);
        FloatVector b0 = FloatVector.fromArray(FLOATS, sums, to + LANES);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, to + PANEL_ROWS);
        FloatVector b1 = FloatVector.fromArray(FLOATS, sums, to + PANEL_ROWS + LANES);
        FloatVector a2 = FloatVector.fromArray(FLOATS, sums, to + 2 * PANEL_ROWS);
        FloatVector b2 = FloatVector.fromArray(FLOATS, sums, to + 2 * PANEL_ROWS + LANES);
        FloatVector a3 = FloatVector.fromArray(FLOATS, sums, to + 3 * PANEL_ROWS);
        FloatVector b3 = FloatVector.fromArray(FLOATS, sums, to + 3 * PANEL_ROWS + LANES);
        FloatVector a4 = FloatVector.fromArray(FLOATS, sums, to + 4 * PANEL_ROWS);
        FloatVector b4 = FloatVector.fromArray(FLOATS, sums, to + 4 * PANEL_ROWS + LANES);
        FloatVector a5 = FloatVector.fromArray(FLOATS, sums, to + 5 * PANEL_ROWS);
        FloatVector b5 = FloatVector.fromArray(FLOATS, sums, to + 5 * PANEL_ROWS + LANES);
        FloatVector a6 = FloatVector.fromArray(FLOATS, sums, to + 6 * PANEL_ROWS);
        FloatVector b6 = FloatVector.fromArray(FLOATS, sums, to + 6 * PANEL_ROWS + LANES);
        FloatVector a7 = FloatVector.fromArray(FLOATS, sums, to + 7 * PANEL_ROWS);
        FloatVector b7 = FloatVector.fromArray(FLOATS, sums, to + 7 * PANEL_ROWS + LANES);
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(FLOATS, panel, k * LANES);
            FloatVector b = FloatVector.fromArray(FLOATS, panel, SECOND + k * LANES);
            FloatVector x0 = FloatVector.broadcast(FLOATS, packed[at + k * 8]);
            a0 = a.fma(x0, a0);
            b0 = b.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(FLOATS, packed[at + k * 8 + 1]);
            a1 = a.fma(x1, a1);
            b1 = b.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, packed[at + k * 8 + 2]);
            a2 = a.fma(x2, a2);
            b2 = b.fma(x2, b2);
            FloatVector x3 = FloatVector.broadcast(FLOATS, packed[at + k * 8 + 3]);
            a3 = a.fma(x3, a3);
            b3 = b.fma(x3, b3);
            FloatVector x4 = FloatVector.broadcast(FLOATS, packed[at + k * 8 + 4]);
            a4 = a.fma(x4, a4);
            b4 = b.fma(x4, b4);
            FloatVector x5 = FloatVector.broadcast(FLOATS, packed[at + k * 8 + 5]);
            a5 = a.fma(x5, a5);
            b5 = b.fma(x5, b5);
            FloatVector x6 = FloatVector.broadcast(FLOATS, packed[at + k * 8 + 6]);
            a6 = a.fma(x6, a6);
            b6 = b.fma(x6, b6);
            FloatVector x7 = FloatVector.broadcast(FLOATS, packed[at + k * 8 + 7]);
            a7 = a.fma(x7, a7);
            b7 = b.fma(x7, b7);
        }
        a0.intoArray(sums, to);
        b0.intoArray(sums, to + LANES);
        a1.intoArray(sums, to + PANEL_ROWS);
        b1.intoArray(sums, to + PANEL_ROWS + LANES);
        a2.intoArray(sums, to + 2 * PANEL_ROWS);
        b2.intoArray(sums, to + 2 * PANEL_ROWS + LANES);
        a3.intoArray(sums, to + 3 * PANEL_ROWS);
        b3.intoArray(sums, to + 3 * PANEL_ROWS + LANES);
        a4.intoArray(sums, to + 4 * PANEL_ROWS);
        b4.intoArray(sums, to + 4 * PANEL_ROWS + LANES);
        a5.intoArray(sums, to + 5 * PANEL_ROWS);
        b5.intoArray(sums, to + 5 * PANEL_ROWS + LANES);
        a6.intoArray(sums, to + 6 * PANEL_ROWS);
        b6.intoArray(sums, to + 6 * PANEL_ROWS + LANES);
        a7.intoArray(sums, to + 7 * PANEL_ROWS);
        b7.intoArray(sums, to + 7 * PANEL_ROWS + LANES);
    }

    private static void multiply12(float[] packed, int at, float[] panel, int depth, float[] sums, int to) {
        if (depth == 0) {
            return;
        }
        FloatVector a0 = FloatVector.fromArray(FLOATS, sums, to);
        FloatVector b0 = FloatVector.fromArray(FLOATS, sums, to + LANES);
        FloatVector a1 = FloatVector.fromArray(FLOATS, sums, to + PANEL_ROWS);
        FloatVector b1 = FloatVector.fromArray(FLOATS, sums, to + PANEL_ROWS + LANES);
        FloatVector a2 = FloatVector.fromArray(FLOATS, sums, to + 2 * PANEL_ROWS);
        FloatVector b2 = FloatVector.fromArray(FLOATS, sums, to + 2 * PANEL_ROWS + LANES);
        FloatVector a3 = FloatVector.fromArray(FLOATS, sums, to + 3 * PANEL_ROWS);
        FloatVector b3 = FloatVector.fromArray(FLOATS, sums, to + 3 * PANEL_ROWS + LANES);
        FloatVector a4 = FloatVector.fromArray(FLOATS, sums, to + 4 * PANEL_ROWS);
        FloatVector b4 = FloatVector.fromArray(FLOATS, sums, to + 4 * PANEL_ROWS + LANES);
        FloatVector a5 = FloatVector.fromArray(FLOATS, sums, to + 5 * PANEL_ROWS);
        FloatVector b5 = FloatVector.fromArray(FLOATS, sums, to + 5 * PANEL_ROWS + LANES);
        FloatVector a6 = FloatVector.fromArray(FLOATS, sums, to + 6 * PANEL_ROWS);
        FloatVector b6 = FloatVector.fromArray(FLOATS, sums, to + 6 * PANEL_ROWS + LANES);
        FloatVector a7 = FloatVector.fromArray(FLOATS, sums, to + 7 * PANEL_ROWS);
        FloatVector b7 = FloatVector.fromArray(FLOATS, sums, to + 7 * PANEL_ROWS + LANES);
        FloatVector a8 = FloatVector.fromArray(FLOATS, sums, to + 8 * PANEL_ROWS);
        FloatVector b8 = FloatVector.fromArray(FLOATS, sums, to + 8 * PANEL_ROWS + LANES);
        FloatVector a9 = FloatVector.fromArray(FLOATS, sums, to + 9 * PANEL_ROWS);
        FloatVector b9 = FloatVector.fromArray(FLOATS, sums, to + 9 * PANEL_ROWS + LANES);
        FloatVector a10 = FloatVector.fromArray(FLOATS, sums, to + 10 * PANEL_ROWS);
        FloatVector b10 = FloatVector.fromArray(FLOATS, sums, to + 10 * PANEL_ROWS + LANES);
        FloatVector a11 = FloatVector.fromArray(FLOATS, sums, to + 11 * PANEL_ROWS);
        FloatVector b11 = FloatVector.fromArray(FLOATS, sums, to + 11 * PANEL_ROWS + LANES);
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(FLOATS, panel, k * LANES);
            FloatVector b = FloatVector.fromArray(FLOATS, panel, SECOND + k * LANES);
            FloatVector x0 = FloatVector.broadcast(FLOATS, packed[at + k * 12]);
            a0 = a.fma(x0, a0);
            b0 = b.fma(x0, b0);
            FloatVector x1 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 1]);
            a1 = a.fma(x1, a1);
            b1 = b.fma(x1, b1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 2]);
            a2 = a.fma(x2, a2);
            b2 = b.fma(x2, b2);
            FloatVector x3 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 3]);
            a3 = a.fma(x3, a3);
            b3 = b.fma(x3, b3);
            FloatVector x4 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 4]);
            a4 = a.fma(x4, a4);
            b4 = b.fma(x4, b4);
            FloatVector x5 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 5]);
            a5 = a.fma(x5, a5);
            b5 = b.fma(x5, b5);
            FloatVector x6 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 6]);
            a6 = a.fma(x6, a6);
            b6 = b.fma(x6, b6);
            FloatVector x7 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 7]);
            a7 = a.fma(x7, a7);
            b7 = b.fma(x7, b7);
            FloatVector x8 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 8]);
            a8 = a.fma(x8, a8);
            b8 = b.fma(x8, b8);
            FloatVector x9 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 9]);
            a9 = a.fma(x9, a9);
            b9 = b.fma(x9, b9);
            FloatVector x10 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 10]);
            a10 = a.fma(x10, a10);
            b10 = b.fma(x10, b10);
            FloatVector x11 = FloatVector.broadcast(FLOATS, packed[at + k * 12 + 11]);
            a11 = a.fma(x11, a11);
            b11 = b.fma(x11, b11);
        }
        a0.intoArray(sums, to);
        b0.intoArray(sums, to + LANES);
        a1.intoArray(sums, to + PANEL_ROWS);
        b1.intoArray(sums, to + PANEL_ROWS + LANES);
        a2.intoArray(sums, to + 2 * PANEL_ROWS);
        b2.intoArray(sums, to + 2 * PANEL_ROWS + LANES);
        a3.intoArray(sums, to + 3 * PANEL_ROWS);
        b3.intoArray(sums, to + 3 * PANEL_ROWS + LANES);
        a4.intoArray(sums, to + 4 * PANEL_ROWS);
        b4.intoArray(sums, to + 4 * PANEL_ROWS + LANES);
        a5.intoArray(sums, to + 5 * PANEL_ROWS);
        b5.intoArray(sums, to + 5 * PANEL_ROWS + LANES);
        a6.intoArray(sums, to + 6 * PANEL_ROWS);
        b6.intoArray(sums, to + 6 * PANEL_ROWS + LANES);
        a7.intoArray(sums, to + 7 * PANEL_ROWS);
        b7.intoArray(sums, to + 7 * PANEL_ROWS + LANES);
        a8.intoArray(sums, to + 8 * PANEL_ROWS);
        b8.intoArray(sums, to + 8 * PANEL_ROWS + LANES);
        a9.intoArray(sums, to + 9 * PANEL_ROWS);
        b9.intoArray(sums, to + 9 * PANEL_ROWS + LANES);
        a10.intoArray(sums, to + 10 * PANEL_ROWS);
        b10.intoArray(sums, to + 10 * PANEL_ROWS + LANES);
        a11.intoArray(sums, to + 11 * PANEL_ROWS);
        b11.intoArray(sums, to + 11 * PANEL_ROWS + LANES);
    }
}
