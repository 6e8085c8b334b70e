package dev.demitasse.core.kernels;

/** The small operations between the matrix products, as plain loops. */
final class ScalarElementwise {
    private ScalarElementwise() {}

    static void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int size) {
        double sumOfSquares = 0;
        for (int i = 0; i < size; i++) {
            sumOfSquares += (double) x[xOffset + i] * x[xOffset + i];
        }
        float factor = (float) (1 / Math.sqrt(sumOfSquares / size + eps));
        for (int i = 0; i < size; i++) {
            out[outOffset + i] = x[xOffset + i] * factor * weight[i];
        }
    }

    static void add(float[] x, int xOffset, float[] y, int yOffset, int size) {
        for (int i = 0; i < size; i++) {
            x[xOffset + i] += y[yOffset + i];
        }
    }

    static void siluMultiply(
            float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int size) {
        for (int i = 0; i < size; i++) {
            float g = gate[gateOffset + i];
            out[outOffset + i] = (float) (g / (1 + Math.exp(-g))) * up[upOffset + i];
        }
    }

    static void rope(float[] head, int offset, float[] cos, float[] sin, int tableOffset, int headDim) {
        int half = headDim / 2;
        for (int i = 0; i < half; i++) {
            float c = cos[tableOffset + i];
            float s = sin[tableOffset + i];
            float first = head[offset + i];
            float second = head[offset + half + i];
            head[offset + i] = first * c - second * s;
            head[offset + half + i] = second * c + first * s;
        }
    }

    static void softmax(float[] x, int offset, int size) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            max = Math.max(max, x[offset + i]);
        }
        double sum = 0;
        for (int i = 0; i < size; i++) {
            float e = (float) Math.exp(x[offset + i] - max);
            x[offset + i] = e;
            sum += e;
        }
        float factor = (float) (1 / sum);
        for (int i = 0; i < size; i++) {
            x[offset + i] *= factor;
        }
    }

    static float softmaxStep(float[] scores, int offset, int size, float[] state, int stateOffset) {
        float before = state[stateOffset];
        float greatest = before;
        for (int i = 0; i < size; i++) {
            greatest = Math.max(greatest, scores[offset + i]);
        }
        double sum = 0;
        for (int i = 0; i < size; i++) {
            float weight = (float) Math.exp(scores[offset + i] - greatest);
            scores[offset + i] = weight;
            sum += weight;
        }
        float factor = greatest == before ? 1 : (float) Math.exp(before - greatest);
        state[stateOffset] = greatest;
        state[stateOffset + 1] = state[stateOffset + 1] * factor + (float) sum;
        return factor;
    }
}
