package dev.demitasse.core.model;

import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import dev.demitasse.core.model.RandomModel.Outliers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What rounding the KV cache does to the logits, with the outliers that real Qwen2.5 models have and without. */
class KvPrecisionTest {
    private static final int TOKENS = 150;

    record Case(Precision precision, Outliers outliers) {}

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Kernels kernels : KernelSelection.all()) {
            for (Outliers outliers : Outliers.values()) {
                cases.add(new Case(Precision.rounded(kernels, KvType.F16, 0.002), outliers));
                cases.add(new Case(Precision.rounded(kernels, KvType.INT8, 0.02), outliers));
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aRoundedCacheStaysWithinItsLimit(Case c) {
        DecoderConfig config = RandomModel.config(Architecture.QWEN2, 14, 2, 64);
        Kernels kernels = c.precision.kernels();
        int[] tokens = RandomModel.tokens(config, TOKENS, 11);
        float[] exact;
        try (TestModel model = model(config, kernels, KvType.F32, c.outliers)) {
            exact = model.run(tokens, TOKENS);
        }
        try (TestModel model = model(config, kernels, c.precision.kvType(), c.outliers)) {
            c.precision.check(c.outliers + " outliers", exact, model.run(tokens, TOKENS));
        }
    }

    private static TestModel model(DecoderConfig config, Kernels kernels, KvType type, Outliers outliers) {
        return new TestModel(config, RandomModel.weights(config, kernels, outliers, 9), kernels, type, 1);
    }
}
