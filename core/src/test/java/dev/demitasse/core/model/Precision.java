package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.kernels.ActivationType;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;

/**
 * Kernels and KV type that a conformance case runs with, and how far its logits may be from the reference.
 *
 * @param activations as what they enter products
 * @param maxError largest difference allowed, where nothing is rounded
 * @param relativeRms largest root mean square difference over the standard deviation of the reference
 */
record Precision(Kernels kernels, ActivationType activations, KvType kvType, float maxError, double relativeRms) {
    private static final float EXACT = 1e-4f;

    static Precision exact(Kernels kernels) {
        return new Precision(kernels, ActivationType.F32, KvType.F32, EXACT, 1);
    }

    static Precision rounded(Kernels kernels, KvType kvType, double relativeRms) {
        return new Precision(kernels, ActivationType.F32, kvType, Float.MAX_VALUE, relativeRms);
    }

    /** What applications get that ask for nothing: rounded activations where that is faster, an f16 cache. */
    static Precision byDefault(Kernels kernels) {
        return new Precision(kernels, ActivationType.INT8, KvType.F16, Float.MAX_VALUE, 0.05);
    }

    @Override
    public String toString() {
        return kernels.name() + " kernels, " + activations + " activations, " + kvType + " KV cache";
    }

    /** What the margin of a greedy step must exceed for its token to be certain. */
    float greedyTolerance(float deviation) {
        return maxError < 1 ? 2 * maxError : (float) (10 * relativeRms * deviation);
    }

    void check(String what, float[] expected, float[] got) {
        assertThat(got.length).as(what).isEqualTo(expected.length);
        double squares = 0;
        float worst = 0;
        for (int i = 0; i < got.length; i++) {
            assertThat(got[i]).as("%s, element %d", what, i).isFinite();
            float difference = Math.abs(got[i] - expected[i]);
            worst = Math.max(worst, difference);
            squares += (double) difference * difference;
        }
        assertThat(worst).as("%s, %s: largest error", what, this).isLessThanOrEqualTo(maxError);
        double rms = Math.sqrt(squares / got.length) / deviation(expected);
        assertThat(rms).as("%s, %s: rms / std", what, this).isLessThanOrEqualTo(relativeRms);
    }

    static float deviation(float[] values) {
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / values.length;
        return (float) Math.sqrt(squares / values.length - mean * mean);
    }
}
