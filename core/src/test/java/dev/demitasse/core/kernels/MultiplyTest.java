package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kernel set of this JVM against sums in double over weights as {@link BlockDecoder} defines them. */
class MultiplyTest {
    private static final int[] ROWS = {1, 3, 15, 16, 17, 31, 32, 33, 100};
    private static final int[] TOKENS = {1, 2, 3, 4, 5, 8, 9, 11, 12, 13, 20, 33, 64, 100};

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyRowCountGivesTheProduct(DType type) {
        RandomWeights random = new RandomWeights(42);
        for (int rows : ROWS) {
            int cols = type.blockSize() * 3;
            assertProduct(List.of(random.matrix(type, rows, cols)), 1, random);
            assertProduct(List.of(random.matrix(type, rows, cols)), 5, random);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyBatchGivesTheProduct(DType type) {
        RandomWeights random = new RandomWeights(43);
        for (int tokens : TOKENS) {
            assertProduct(List.of(random.matrix(type, 35, 256)), tokens, random);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyWidthGivesTheProduct(DType type) {
        RandomWeights random = new RandomWeights(44);
        for (int cols : new int[] {1, 2, 5, 32, 64, 96, 160, 256, 511, 512, 513, 768, 896, 1280, 4864}) {
            if (cols % type.blockSize() == 0) {
                for (int tokens : new int[] {1, 6, 14}) {
                    assertProduct(List.of(random.matrix(type, 20, cols)), tokens, random);
                }
            }
        }
    }

    @Test
    void stackedMatricesMayDifferInType() {
        RandomWeights random = new RandomWeights(45);
        List<Matrix> stacked = List.of(
                random.matrix(DType.Q5_0, 33, 1280),
                random.matrix(DType.Q8_0, 7, 1280),
                random.matrix(DType.Q6_K, 64, 1280),
                random.matrix(DType.F32, 1, 1280));
        for (int tokens : TOKENS) {
            assertProduct(stacked, tokens, random);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void aRowIsReadToTheBit(DType type) {
        RandomWeights random = new RandomWeights(46);
        int cols = type.blockSize() == 1 ? 33 : type.blockSize() * 3;
        List<Matrix> stacked = List.of(random.matrix(type, 19, cols), random.matrix(type, 5, cols));
        StoredMatrix expected = new StoredMatrix(stacked);
        for (Kernels kernels : KernelSelection.all()) {
            PreparedMatrix prepared = kernels.prepare(stacked);
            float[] wanted = new float[cols];
            float[] got = new float[cols + 2];
            for (int row = 0; row < expected.rows(); row++) {
                expected.decodeRow(row, wanted, 0);
                kernels.readRow(prepared, row, got, 1);
                assertThat(Arrays.copyOfRange(got, 1, cols + 1)).containsExactly(wanted);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void extremeCodesAndScalesGiveTheProduct(DType type) {
        RandomWeights random = new RandomWeights(47);
        byte[] fills = {0, (byte) 0xff, (byte) 0x80, 0x7f, 0x08};
        float[] scales = {0, 0x1p-24f, 0x1p-14f, 0x1.8p-20f, 1, 1000, -0.5f};
        if (type.blockSize() == 1) {
            return;
        }
        for (byte fill : fills) {
            for (float scale : scales) {
                Matrix matrix = random.matrix(type, 18, type.blockSize());
                matrix.data().fill(fill);
                for (long at = 0; at < matrix.data().byteSize(); at += type.blockBytes()) {
                    for (int offset : RandomWeights.scaleOffsets(type)) {
                        RandomWeights.setHalf(matrix.data(), at + offset, scale);
                    }
                }
                assertProduct(List.of(matrix), 1, random);
                assertProduct(List.of(matrix), 6, random);
            }
        }
    }

    @Test
    void infiniteAndUndefinedWeightsStaySo() {
        for (DType type : List.of(DType.F16, DType.Q8_0)) {
            Matrix matrix = new RandomWeights(48).matrix(type, 4, 32);
            long secondRow = matrix.rowBytes();
            RandomWeights.setHalf(matrix.data(), secondRow, Float.POSITIVE_INFINITY);
            RandomWeights.setHalf(matrix.data(), 2 * secondRow, Float.NaN);
            float[] x = new float[64];
            Arrays.fill(x, 1);
            for (Kernels kernels : KernelSelection.all()) {
                for (int tokens = 1; tokens <= 2; tokens++) {
                    float[] y = multiply(kernels, List.of(matrix), x, tokens, 1);
                    assertThat(y[0]).isFinite();
                    assertThat(Float.isFinite(y[1])).isFalse();
                    assertThat(y[2]).isNaN();
                    assertThat(y[3]).isFinite();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void resultsDoNotDependOnTheNumberOfThreads(DType type) {
        RandomWeights random = new RandomWeights(49);
        List<Matrix> stacked = List.of(random.matrix(type, 700, 512), random.matrix(DType.Q8_0, 130, 512));
        for (int tokens : new int[] {1, 7}) {
            float[] x = random.activations(tokens * 512);
            for (Kernels kernels : KernelSelection.all()) {
                float[] alone = multiply(kernels, stacked, x, tokens, 1);
                for (int threads = 2; threads <= 3; threads++) {
                    assertThat(multiply(kernels, stacked, x, tokens, threads)).containsExactly(alone);
                }
            }
        }
    }

    @Test
    void matricesWithDifferentInputsCannotBeStacked() {
        RandomWeights random = new RandomWeights(50);
        List<Matrix> stacked = List.of(random.matrix(DType.F32, 2, 8), random.matrix(DType.F32, 2, 9));
        for (Kernels kernels : KernelSelection.all()) {
            assertThatThrownBy(() -> kernels.prepare(stacked))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("9 columns")
                    .hasMessageContaining("with 8");
            assertThatThrownBy(() -> kernels.prepare(List.of())).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void assertProduct(List<Matrix> stacked, int tokens, RandomWeights random) {
        StoredMatrix weights = new StoredMatrix(stacked);
        int cols = weights.cols();
        float[] x = random.activations(tokens * cols);
        assertProduct(stacked, weights, x, x, tokens, ActivationType.F32);
        if (ActivationType.INT8.rounds(stacked)) {
            RoundedRow rounded = new RoundedRow();
            rounded.round(x, 0, x.length);
            assertProduct(stacked, weights, x, rounded.values(), tokens, ActivationType.INT8);
        }
    }

    private static void assertProduct(
            List<Matrix> stacked, StoredMatrix weights, float[] given, float[] x, int tokens, ActivationType type) {
        int rows = weights.rows();
        int cols = weights.cols();
        for (Kernels kernels : KernelSelection.all(type)) {
            float[] y = multiply(kernels, stacked, given, tokens, 1);
            float[] row = new float[cols];
            for (int r = 0; r < rows; r++) {
                weights.decodeRow(r, row, 0);
                for (int t = 0; t < tokens; t++) {
                    double sum = 0;
                    double bound = 0;
                    for (int c = 0; c < cols; c++) {
                        double product = (double) row[c] * x[t * cols + c];
                        sum += product;
                        bound += Math.abs(product);
                    }
                    if (Math.abs(y[t * rows + r] - sum) > 4e-6 * bound) {
                        assertThat((double) y[t * rows + r])
                                .as("%s %s: %s, token %d of %d, row %d", kernels.name(), type, stacked, t, tokens, r)
                                .isCloseTo(sum, within(4e-6 * bound));
                    }
                }
            }
        }
    }

    private static float[] multiply(Kernels kernels, List<Matrix> stacked, float[] x, int tokens, int threads) {
        PreparedMatrix prepared = kernels.prepare(stacked);
        float[] y = new float[tokens * prepared.rows()];
        Arrays.fill(y, Float.NaN);
        try (Workers workers = new Workers("test", threads)) {
            kernels.multiply(prepared, x, tokens, y, workers);
        }
        return y;
    }
}
