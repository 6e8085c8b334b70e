package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The small operations between the matrix products, by the Vector API. Adding is missing: the compiler does as well by
 * itself.
 */
final class VectorElementwise {
    private static final float LOG2_E = 1.442695f;
    // ln 2 in two parts: the first has few bits, so that its multiples are exact.
    private static final float LN2_HIGH = 0x1.63p-1f;
    private static final float LN2_LOW = -2.1219444e-4f;
    // Beyond these the result is 0 or the largest power of two; e^x as a float ends a little further out.
    private static final float LOWEST = -87;
    private static final float HIGHEST = 88;
    // Adding it makes the fraction bits of a float hold the nearest integer.
    private static final float ROUNDER = 0x1.8p23f;
    private static final int EXPONENT_BIAS = 127;
    private static final int EXPONENT_SHIFT = 23;

    private VectorElementwise() {}

    static void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int size) {
        float factor = (float) (1 / Math.sqrt(sumOfSquares(x, xOffset, size) / (double) size + eps));
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector scaled = FloatVector.fromArray(FLOATS, x, xOffset + i).mul(factor);
            scaled.mul(FloatVector.fromArray(FLOATS, weight, i)).intoArray(out, outOffset + i);
        }
        for (; i < size; i++) {
            out[outOffset + i] = x[xOffset + i] * factor * weight[i];
        }
    }

    private static float sumOfSquares(float[] x, int offset, int size) {
        if (size == 0) {
            return 0;
        }
        // Two accumulators: the latency of one addition is hidden behind the other.
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= size - 2 * LANES; i += 2 * LANES) {
            FloatVector first = FloatVector.fromArray(FLOATS, x, offset + i);
            FloatVector second = FloatVector.fromArray(FLOATS, x, offset + i + LANES);
            a = first.fma(first, a);
            b = second.fma(second, b);
        }
        FloatVector sums = a.add(b);
        if (LANES > 8) {
            sums = sums.add(sums.rearrange(VectorLanes.SWAP_EIGHTS));
        }
        if (LANES > 4) {
            sums = sums.add(sums.rearrange(VectorLanes.SWAP_FOURS));
        }
        sums = sums.add(sums.rearrange(VectorLanes.SWAP_TWOS));
        float sum = sums.add(sums.rearrange(VectorLanes.SWAP_ONES)).lane(0);
        for (; i < size; i++) {
            sum += x[offset + i] * x[offset + i];
        }
        return sum;
    }

    static void siluMultiply(
            float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int size) {
        int i = size - size % LANES;
        negate(gate, gateOffset, out, outOffset, i);
        exponentials(out, outOffset, i, 0);
        gateBy(gate, gateOffset, up, upOffset, out, outOffset, i);
        ScalarElementwise.siluMultiply(gate, gateOffset + i, up, upOffset + i, out, outOffset + i, size - i);
    }

    private static void negate(float[] x, int xOffset, float[] out, int outOffset, int size) {
        for (int i = 0; i < size; i += LANES) {
            FloatVector.fromArray(FLOATS, x, xOffset + i).neg().intoArray(out, outOffset + i);
        }
    }

    /** {@code out = gate / (1 + out) * up}. */
    private static void gateBy(
            float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int size) {
        for (int i = 0; i < size; i += LANES) {
            FloatVector divisor =
                    FloatVector.fromArray(FLOATS, out, outOffset + i).add(1);
            FloatVector silu =
                    FloatVector.fromArray(FLOATS, gate, gateOffset + i).div(divisor);
            silu.mul(FloatVector.fromArray(FLOATS, up, upOffset + i)).intoArray(out, outOffset + i);
        }
    }

    static void rope(float[] head, int offset, float[] cos, float[] sin, int tableOffset, int headDim) {
        int half = headDim / 2;
        int i = 0;
        for (; i <= half - LANES; i += LANES) {
            FloatVector c = FloatVector.fromArray(FLOATS, cos, tableOffset + i);
            FloatVector s = FloatVector.fromArray(FLOATS, sin, tableOffset + i);
            FloatVector first = FloatVector.fromArray(FLOATS, head, offset + i);
            FloatVector second = FloatVector.fromArray(FLOATS, head, offset + half + i);
            first.mul(c).sub(second.mul(s)).intoArray(head, offset + i);
            second.mul(c).add(first.mul(s)).intoArray(head, offset + half + i);
        }
        for (; i < half; i++) {
            float c = cos[tableOffset + i];
            float s = sin[tableOffset + i];
            float first = head[offset + i];
            float second = head[offset + half + i];
            head[offset + i] = first * c - second * s;
            head[offset + half + i] = second * c + first * s;
        }
    }

    static void softmax(float[] x, int offset, int size) {
        float greatest = greatest(x, offset, size, Float.NEGATIVE_INFINITY);
        float factor = 1 / exponentials(x, offset, size, greatest);
        for (int i = offset; i < offset + size; i++) {
            x[i] *= factor;
        }
    }

    static float softmaxStep(float[] scores, int offset, int size, float[] state, int stateOffset) {
        float before = state[stateOffset];
        float greatest = greatest(scores, offset, size, before);
        float sum = exponentials(scores, offset, size, greatest);
        float factor = greatest == before ? 1 : (float) Math.exp(before - greatest);
        state[stateOffset] = greatest;
        state[stateOffset + 1] = state[stateOffset + 1] * factor + sum;
        return factor;
    }

    private static float greatest(float[] x, int offset, int size, float atLeast) {
        if (size == 0) {
            return atLeast;
        }
        FloatVector greatest = FloatVector.broadcast(FLOATS, atLeast);
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            greatest = FloatVector.fromArray(FLOATS, x, offset + i).max(greatest);
        }
        float result = greatest.reduceLanes(VectorOperators.MAX);
        for (; i < size; i++) {
            result = Math.max(result, x[offset + i]);
        }
        return result;
    }

    /**
     * {@code x = e^(x - subtracted)}; returns the sum. At most 2 units in the last place off, the same on every processor:
     * {@code 2^n * e^r} with {@code n} the nearest integer to {@code x / ln 2}, and e^r by the minimax polynomial of
     * Cephes' {@code expf} (S. Moshier).
     */
    private static float exponentials(float[] x, int offset, int size, float subtracted) {
        if (size == 0) {
            return 0;
        }
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector power = FloatVector.fromArray(FLOATS, x, offset + i).sub(subtracted);
            FloatVector bounded = power.max(LOWEST).min(HIGHEST);
            FloatVector rounded = bounded.mul(LOG2_E).add(ROUNDER);
            FloatVector n = rounded.sub(ROUNDER);
            FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), bounded);
            r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
            FloatVector p =
                    r.fma(FloatVector.broadcast(FLOATS, 1.9875691e-4f), FloatVector.broadcast(FLOATS, 1.3981999e-3f));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 8.333452e-3f));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 0.041665796f));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 0.16666666f));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 0.5f));
            FloatVector exponential = p.mul(r).fma(r, r).add(1);
            // n is in the lowest bits of the rounded number; the shift drops the others.
            IntVector powerOfTwo =
                    rounded.reinterpretAsInts().add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, EXPONENT_SHIFT);
            FloatVector result = exponential
                    .mul(powerOfTwo.reinterpretAsFloats())
                    .blend(0, power.compare(VectorOperators.LT, LOWEST));
            result.intoArray(x, offset + i);
            sums = result.add(sums);
        }
        if (LANES > 8) {
            sums = sums.add(sums.rearrange(VectorLanes.SWAP_EIGHTS));
        }
        if (LANES > 4) {
            sums = sums.add(sums.rearrange(VectorLanes.SWAP_FOURS));
        }
        sums = sums.add(sums.rearrange(VectorLanes.SWAP_TWOS));
        float sum = sums.add(sums.rearrange(VectorLanes.SWAP_ONES)).lane(0);
        for (; i < size; i++) {
            x[offset + i] = (float) Math.exp(x[offset + i] - subtracted);
            sum += x[offset + i];
        }
        return sum;
    }
}
