package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import dev.demitasse.core.model.RandomModel.Outliers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The ways to the same logits: in blocks or step by step, alone or together, fresh or re-used, on any threads. */
class DecoderTest {
    private static final long SEED = 7;

    record Case(Kernels kernels, KvType kvType, DecoderConfig config) {
        TestModel model(int threads) {
            DecoderWeights weights = RandomModel.weights(config, kernels, Outliers.NONE, SEED);
            return new TestModel(config, weights, kernels, kvType, threads);
        }

        int[] tokens(int count) {
            return RandomModel.tokens(config, count, SEED);
        }

        @Override
        public String toString() {
            return kernels.name() + " " + kvType + " " + config.architecture() + " heads " + config.heads() + "/"
                    + config.kvHeads() + " of " + config.headDim();
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Kernels kernels : KernelSelection.all()) {
            for (KvType kvType : KvType.values()) {
                cases.add(new Case(kernels, kvType, RandomModel.config(Architecture.QWEN2, 6, 2, 20)));
                cases.add(new Case(kernels, kvType, RandomModel.config(Architecture.QWEN3, 4, 1, 32)));
                cases.add(new Case(kernels, kvType, RandomModel.config(Architecture.LLAMA, 2, 2, 16)));
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aPrefillOfNTokensEqualsNDecodeSteps(Case c) {
        int[] tokens = c.tokens(100);
        try (TestModel model = c.model(2);
                KvCache cache = model.newCache()) {
            float[] prefill = model.run(tokens, tokens.length);
            float[] decode = model.run(cache, tokens, tokens.length, 1);
            assertSame(c, decode, prefill);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void decodeFarFromTheStartEqualsPrefill(Case c) {
        int[] tokens = c.tokens(560);
        try (TestModel model = c.model(2);
                KvCache cache = model.newCache()) {
            float[] prefill = model.run(tokens, 5);
            model.run(cache, Arrays.copyOf(tokens, 555), 1, 100);
            float[] decode = model.run(cache, Arrays.copyOfRange(tokens, 555, 560), 5, 1);
            assertSame(c, decode, prefill);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sequencesTogetherInABatchGetWhatEachGetsAlone(Case c) {
        try (TestModel model = c.model(2);
                KvCache first = model.newCache();
                KvCache second = model.newCache();
                KvCache third = model.newCache()) {
            int[] tokens = c.tokens(90);
            model.run(second, Arrays.copyOf(tokens, 70), 1, 256);
            model.run(third, Arrays.copyOf(tokens, 3), 1, 256);
            Batch batch = model.decoder.newBatch(64);
            for (int i = 0; i < 40; i++) {
                batch.add(tokens[i], first, i == 39);
            }
            int decode = batch.add(tokens[70], second, true);
            int middle = batch.add(tokens[3], third, true);
            int last = batch.add(tokens[4], third, true);
            model.decoder.forward(batch);

            assertSame(c, logits(model, batch, 39), model.run(Arrays.copyOf(tokens, 40), 1));
            assertSame(c, logits(model, batch, decode), model.run(Arrays.copyOf(tokens, 71), 1));
            assertSame(c, logits(model, batch, middle), model.run(Arrays.copyOf(tokens, 4), 1));
            assertSame(c, logits(model, batch, last), model.run(Arrays.copyOf(tokens, 5), 1));
            assertThat(first.length()).isEqualTo(40);
            assertThat(second.length()).isEqualTo(71);
            assertThat(third.length()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aForkGoesOnAsItsOriginalWould(Case c) {
        int[] tokens = c.tokens(80);
        try (TestModel model = c.model(1);
                KvCache original = model.newCache()) {
            model.run(original, Arrays.copyOf(tokens, 45), 1, 256);
            try (KvCache fork = original.fork()) {
                // The fork goes elsewhere first: it must not disturb what it shares.
                model.run(fork, c.tokens(30), 1, 256);
                assertSame(c, model.run(original, Arrays.copyOfRange(tokens, 45, 80), 1, 256), model.run(tokens, 1));
                fork.truncate(45);
            }
            try (KvCache fork = original.fork()) {
                fork.truncate(79);
                assertSame(c, model.step(fork, tokens[79]), model.run(tokens, 1));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void truncateAndReplayEqualsFresh(Case c) {
        int[] tokens = c.tokens(100);
        try (TestModel model = c.model(2);
                KvCache cache = model.newCache()) {
            float[] fresh = model.run(cache, tokens, 100, 256);
            for (int length : new int[] {99, 64, 50, 33, 31, 1, 0}) {
                cache.truncate(length);
                float[] replayed = model.run(cache, Arrays.copyOfRange(tokens, length, 100), 100 - length, 256);
                int from = length * model.vocabulary();
                assertSame(c, replayed, Arrays.copyOfRange(fresh, from, fresh.length));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void resultsDoNotDependOnTheNumberOfThreads(Case c) {
        int[] tokens = c.tokens(540);
        float[][] results = new float[3][];
        for (int threads = 1; threads <= 3; threads++) {
            try (TestModel model = c.model(threads);
                    KvCache cache = model.newCache()) {
                model.run(cache, Arrays.copyOf(tokens, 538), 1, 256);
                results[threads - 1] = model.run(cache, Arrays.copyOfRange(tokens, 538, 540), 2, 1);
            }
        }
        assertThat(results[1]).containsExactly(results[0]);
        assertThat(results[2]).containsExactly(results[0]);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aPassThatWasStoppedLeavesItsCachesAsTheyWere(Case c) {
        int[] tokens = c.tokens(100);
        try (TestModel model = c.model(2);
                KvCache cache = model.newCache()) {
            model.run(cache, Arrays.copyOf(tokens, 40), 1, 256);
            long bytes = model.pages.bytesInUse();
            Batch batch = model.decoder.newBatch(60);
            for (int i = 40; i < 100; i++) {
                batch.add(tokens[99 - i + 40], cache, false);
            }
            assertThat(model.decoder.forward(batch, layer -> layer < 1)).isFalse();
            assertThat(cache.length()).isEqualTo(40);
            assertThat(model.pages.bytesInUse()).isEqualTo(bytes);
            assertSame(c, model.run(cache, Arrays.copyOfRange(tokens, 40, 100), 1, 256), model.run(tokens, 1));
        }
    }

    @Test
    void anotherBatchMayRunBetweenTheLayers() {
        Case c = cases().findFirst().orElseThrow();
        int[] tokens = c.tokens(50);
        try (TestModel model = c.model(2);
                KvCache prompt = model.newCache();
                KvCache other = model.newCache()) {
            model.run(other, Arrays.copyOf(tokens, 10), 1, 256);
            Batch decode = model.decoder.newBatch(1);
            decode.add(tokens[10], other, true);
            Batch prefill = model.decoder.newBatch(50);
            for (int i = 0; i < 50; i++) {
                prefill.add(tokens[i], prompt, i == 49);
            }
            model.decoder.forward(prefill, layer -> {
                if (layer == 1) {
                    model.decoder.forward(decode);
                }
                return true;
            });
            assertSame(c, logits(model, prefill, 49), model.run(tokens, 1));
            assertSame(c, logits(model, decode, 0), model.run(Arrays.copyOf(tokens, 11), 1));
        }
    }

    static Stream<Case> scalarCases() {
        return cases().filter(c -> c.kernels.name().equals("scalar"));
    }

    /** With scalar kernels: those of the Vector API allocate nothing only once they are compiled. */
    @ParameterizedTest
    @MethodSource("scalarCases")
    void aDecodeStepAllocatesNothing(Case c) {
        try (TestModel model = c.model(1);
                KvCache cache = model.newCache()) {
            Batch batch = model.decoder.newBatch(1);
            float[] logits = new float[model.vocabulary()];
            HeapAllocation allocation = new HeapAllocation();
            // From the second page on, so that the pages of the measured steps are there to be used again.
            steps(model, batch, cache, logits, 100);
            cache.truncate(40);
            long before = allocation.bytes();
            steps(model, batch, cache, logits, 50);
            long perStep = (allocation.bytes() - before) / 50;
            // The measurement itself costs a little, once.
            assertThat(perStep).isLessThan(16);
        }
    }

    private static void steps(TestModel model, Batch batch, KvCache cache, float[] logits, int count) {
        for (int i = 0; i < count; i++) {
            batch.clear();
            batch.add(i % model.vocabulary(), cache, true);
            model.decoder.forward(batch);
            batch.readLogits(0, logits);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedAtTheDoor() {
        Case c = cases().findFirst().orElseThrow();
        try (TestModel model = c.model(1);
                KvCache cache = model.pages.newCache(2);
                KvCache other = model.newCache()) {
            Batch batch = model.decoder.newBatch(4);
            assertThatThrownBy(() -> batch.add(101, cache, true)).hasMessageContaining("101");
            assertThatThrownBy(() -> batch.add(-1, cache, true)).hasMessageContaining("-1");
            batch.add(1, cache, true);
            batch.add(1, cache, false);
            assertThatThrownBy(() -> batch.add(1, cache, true)).hasMessageContaining("position 2");
            assertThatThrownBy(() -> batch.readLogits(0, new float[101])).isInstanceOf(IllegalStateException.class);
            batch.add(1, other, false);
            assertThatThrownBy(() -> batch.add(1, cache, true)).hasMessageContaining("follow each other");
            model.decoder.forward(batch);
            assertThatThrownBy(() -> batch.readLogits(1, new float[101])).hasMessageContaining("row 1");
            assertThatThrownBy(() -> model.decoder.forward(batch)).hasMessageContaining("clear the batch");
        }
    }

    private static float[] logits(TestModel model, Batch batch, int row) {
        float[] logits = new float[model.vocabulary()];
        batch.readLogits(row, logits);
        return logits;
    }

    /**
     * A difference in the last bit of a key can become one in the last bit of its rounded form: what is the same for
     * floats is the same within the rounding of the cache for the other types.
     */
    private static void assertSame(Case c, float[] got, float[] expected) {
        Precision precision = switch (c.kvType) {
            case F32 -> Precision.exact(c.kernels);
            case F16 -> Precision.rounded(c.kernels, c.kvType, 0.002);
            case INT8 -> Precision.rounded(c.kernels, c.kvType, 0.02);
        };
        precision.check(c.toString(), expected, got);
    }
}
