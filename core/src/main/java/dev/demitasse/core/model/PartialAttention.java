package dev.demitasse.core.model;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import dev.demitasse.core.kernels.Kernels;
import java.util.Arrays;

/**
 * The attention of some queries to some of their positions, not yet divided by the sum of weights: for each query the
 * greatest score, the sum of {@code exp(score - greatest)}, and the values summed with these weights.
 */
final class PartialAttention {
    private static final int STATE = 2;

    private final int headDim;
    private final float[] states; // [queries, {greatest, sum}]
    private final float[] sums; // [queries, headDim]

    PartialAttention(int queries, int headDim) {
        this.headDim = headDim;
        this.states = new float[queries * STATE];
        this.sums = new float[queries * headDim];
    }

    float[] sums() {
        return sums;
    }

    void clear(int queries) {
        for (int query = 0; query < queries; query++) {
            states[query * STATE] = Float.NEGATIVE_INFINITY;
            states[query * STATE + 1] = 0;
        }
        Arrays.fill(sums, 0, queries * headDim, 0);
    }

    /** Turns a block of scores of one query into weights, which are then to be added to {@link #sums()}. */
    void weigh(Kernels kernels, int query, float[] scores, int offset) {
        float factor = kernels.softmaxStep(scores, offset, BLOCK_POSITIONS, states, query * STATE);
        if (factor != 1) {
            scale(sums, query * headDim, headDim, factor);
        }
    }

    /** Adds the attention of the same queries to other positions. */
    void merge(PartialAttention other, int queries) {
        for (int query = 0; query < queries; query++) {
            int state = query * STATE;
            float greatest = Math.max(states[state], other.states[state]);
            float mine = (float) Math.exp(states[state] - greatest);
            float theirs = (float) Math.exp(other.states[state] - greatest);
            states[state] = greatest;
            states[state + 1] = states[state + 1] * mine + other.states[state + 1] * theirs;
            for (int i = query * headDim; i < (query + 1) * headDim; i++) {
                sums[i] = sums[i] * mine + other.sums[i] * theirs;
            }
        }
    }

    /** Divides by the sums of weights: {@code out[offset ..< offset + queries * headDim]}. */
    void writeNormalised(int firstQuery, int queries, float[] out, int offset) {
        for (int query = 0; query < queries; query++) {
            int from = (firstQuery + query) * headDim;
            System.arraycopy(sums, from, out, offset + query * headDim, headDim);
            scale(out, offset + query * headDim, headDim, 1 / states[(firstQuery + query) * STATE + 1]);
        }
    }

    private static void scale(float[] x, int offset, int size, float factor) {
        for (int i = offset; i < offset + size; i++) {
            x[i] *= factor;
        }
    }
}
