package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every set of kernels does the small operations as the scalar one does, at awkward sizes and odd offsets. */
class ElementwiseTest {
    private static final Kernels SCALAR = KernelSelection.scalar();
    private static final float RELATIVE = 2e-6f;

    private final Random random = new Random(3);

    static IntStream sizes() {
        return IntStream.of(1, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 207, 256, 896, 1021, 4864);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void rmsNormAgrees(int size) {
        float[] x = values(size + 7, 30);
        float[] weight = values(size, 1);
        for (Kernels kernels : KernelSelection.all()) {
            float[] expected = new float[size + 5];
            float[] got = new float[size + 5];
            SCALAR.rmsNorm(x, 7, weight, 1e-6f, expected, 5, size);
            kernels.rmsNorm(x, 7, weight, 1e-6f, got, 5, size);
            assertClose(kernels, got, expected);
            float[] inPlace = x.clone();
            kernels.rmsNorm(inPlace, 7, weight, 1e-6f, inPlace, 7, size);
            assertThat(Arrays.copyOfRange(inPlace, 7, size + 7)).containsExactly(Arrays.copyOfRange(got, 5, size + 5));
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void addingAgrees(int size) {
        float[] x = values(size + 3, 1);
        float[] y = values(size + 9, 1);
        for (Kernels kernels : KernelSelection.all()) {
            float[] expected = x.clone();
            float[] got = x.clone();
            SCALAR.add(expected, 3, y, 9, size);
            kernels.add(got, 3, y, 9, size);
            assertThat(got).containsExactly(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void siluAgreesFromOneEndToTheOther(int size) {
        float[] gate = values(size + 1, 40);
        gate[0] = Float.NaN; // before the offset: nobody may look at it
        gate[1] = -200;
        gate[size] = 200;
        float[] up = values(size, 2);
        for (Kernels kernels : KernelSelection.all()) {
            float[] expected = new float[size];
            float[] got = new float[size];
            SCALAR.siluMultiply(gate, 1, up, 0, expected, 0, size);
            kernels.siluMultiply(gate, 1, up, 0, got, 0, size);
            assertClose(kernels, got, expected);
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void softmaxAgreesAndSumsToOne(int size) {
        float[] x = values(size + 2, 20);
        x[size / 2 + 2] = 50;
        x[size] = size > 4 ? Float.NEGATIVE_INFINITY : x[size];
        for (Kernels kernels : KernelSelection.all()) {
            float[] expected = x.clone();
            float[] got = x.clone();
            SCALAR.softmax(expected, 2, size);
            kernels.softmax(got, 2, size);
            assertClose(kernels, got, expected);
            assertThat(sum(got, 2, size)).isCloseTo(1, within(1e-5));
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void softmaxInStepsIsSoftmax(int size) {
        for (Kernels kernels : KernelSelection.all()) {
            float[] scores = values(3 * size, 20);
            scores[0] = -3;
            float[] weights = scores.clone();
            float[] state = {0, Float.NEGATIVE_INFINITY, 0};
            for (int step = 0; step < 3; step++) {
                float factor = kernels.softmaxStep(weights, step * size, size, state, 1);
                for (int i = 0; i < step * size; i++) {
                    weights[i] *= factor;
                }
            }
            for (int i = 0; i < weights.length; i++) {
                weights[i] /= state[2];
            }
            SCALAR.softmax(scores, 0, scores.length);
            // A difference of about 50 is rounded by 4e-6, and that is what the exponential makes of it.
            for (int i = 0; i < weights.length; i++) {
                assertThat(weights[i])
                        .as("%s, element %d", kernels.name(), i)
                        .isCloseTo(scores[i], within(1e-30f + 2e-5f * scores[i]));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void ropeAgrees(int half) {
        float[] head = values(2 * half + 3, 2);
        float[] cos = values(half + 4, 1);
        float[] sin = values(half + 4, 1);
        for (Kernels kernels : KernelSelection.all()) {
            float[] expected = head.clone();
            float[] got = head.clone();
            SCALAR.rope(expected, 3, cos, sin, 4, 2 * half);
            kernels.rope(got, 3, cos, sin, 4, 2 * half);
            assertClose(kernels, got, expected);
        }
    }

    private static double sum(float[] x, int offset, int size) {
        double sum = 0;
        for (int i = offset; i < offset + size; i++) {
            sum += x[i];
        }
        return sum;
    }

    private float[] values(int size, float scale) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() * scale;
        }
        return values;
    }

    private static void assertClose(Kernels kernels, float[] got, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(got[i])
                    .as("%s, element %d", kernels.name(), i)
                    .isCloseTo(expected[i], within(1e-30f + RELATIVE * Math.abs(expected[i])));
        }
    }
}
