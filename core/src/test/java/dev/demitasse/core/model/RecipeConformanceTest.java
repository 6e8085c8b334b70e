package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@code recipe/} of the conformance pack: models of real sizes, whose weights are computed. */
class RecipeConformanceTest {
    // Layers with as many weights as the real model's: what two summation orders make of them.
    private static final float HIDDEN_RELATIVE = 2e-4f;
    private static final long LARGE = 100_000_000;

    private static final ConformanceReport REPORT = new ConformanceReport("recipes");

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @TestFactory
    List<DynamicTest> everyRecipeAnswersAsTheReference() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.list(ConformanceReport.pack().resolve("recipe"))) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith("recipe_")) {
                    TestJson recipe = TestJson.read(file);
                    for (Precision precision : precisions(recipe)) {
                        tests.add(
                                DynamicTest.dynamicTest(name + ", " + precision, () -> check(file, recipe, precision)));
                    }
                } else {
                    assertThat(name).startsWith("ref_");
                }
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    /** The scalar kernels have no new question to answer in the large model, and would take minutes. */
    private static List<Precision> precisions(TestJson recipe) {
        List<Precision> precisions = new ArrayList<>();
        DecoderConfig config = RecipeModel.config(recipe);
        Kernels fastest = KernelSelection.all().getLast();
        if ((long) config.vocabularySize() * config.hiddenSize() < LARGE) {
            precisions.add(Precision.exact(KernelSelection.scalar()));
            precisions.add(Precision.rounded(fastest, KvType.F16, 0.002));
        }
        precisions.add(Precision.exact(fastest));
        return precisions;
    }

    private static void check(Path file, TestJson recipe, Precision precision) {
        Path references = file.resolveSibling(
                file.getFileName().toString().replace("recipe_", "ref_").replace(".json", ".safetensors"));
        DecoderConfig config = RecipeModel.config(recipe);
        DecoderWeights weights = RecipeModel.weights(recipe, precision.kernels());
        try (TestModel model = new TestModel(config, weights, precision.kernels(), precision.kvType(), 2);
                KvCache cache = model.newCache()) {
            new Checker(file, ReferenceTensors.read(references), recipe, precision, model, cache).check();
        }
    }

    private record Checker(
            Path file,
            ReferenceTensors references,
            TestJson recipe,
            Precision precision,
            TestModel model,
            KvCache cache) {

        void check() {
            float[] logits = prefill();
            compare("logits.last", logits);
            checkTop(recipe.list("top10_last"), logits);
            logits = greedy(logits);
            if (references.tensors().containsKey("logits.after_greedy")) {
                compare("logits.after_greedy", logits);
            }
            checkTop(recipe.list("top10_after_greedy"), logits);
        }

        private float[] prefill() {
            int[] prompt = recipe.integers("prompt");
            boolean all = references.tensors().containsKey("logits.all");
            Batch batch = model.decoder.newBatch(prompt.length);
            for (int token : prompt) {
                batch.add(token, cache, all || batch.size() == prompt.length - 1);
            }
            model.decoder.forward(batch, layer -> {
                compare("hidden." + layer + ".last", lastRow(batch.activations().x, prompt.length));
                return true;
            });
            if (all) {
                compare("logits.all", batch.logits());
            }
            float[] normed = batch.activations().normed; // [rows that want logits, hidden]
            int rows = all ? prompt.length : 1;
            compare("hidden." + model.decoder.config().layers() + ".last", lastRow(normed, rows));
            float[] logits = new float[model.vocabulary()];
            batch.readLogits(prompt.length - 1, logits);
            return logits;
        }

        private float[] lastRow(float[] matrix, int rows) {
            int hidden = model.decoder.config().hiddenSize();
            return Arrays.copyOfRange(matrix, (rows - 1) * hidden, rows * hidden);
        }

        private float[] greedy(float[] first) {
            int[] ids = recipe.object("greedy").integers("ids");
            double[] margins = recipe.object("greedy").reals("margins");
            float tolerance = precision.greedyTolerance((float) recipe.real("logit_std"));
            float[] logits = first;
            for (int i = 0; i < ids.length; i++) {
                if (margins[i] >= tolerance) {
                    assertThat(TestModel.argmax(logits))
                            .as("greedy token %d", i)
                            .isEqualTo(ids[i]);
                }
                // Along the reference's path, whatever a narrow margin would have chosen.
                logits = model.step(cache, ids[i]);
            }
            return logits;
        }

        private void checkTop(List<?> top, float[] logits) {
            REPORT.started(packPath());
            for (Object entry : top) {
                List<?> pair = (List<?>) entry;
                int id = ((Number) pair.getFirst()).intValue();
                float expected = ((Number) pair.getLast()).floatValue();
                float limit = Math.min(precision.maxError(), 0.02f * (float) recipe.real("logit_std"));
                assertThat(Math.abs(logits[id] - expected))
                        .as("logit of token %d", id)
                        .isLessThanOrEqualTo(limit);
            }
            REPORT.passed(packPath());
        }

        private String packPath() {
            return ConformanceReport.pack().relativize(file).toString();
        }

        private void compare(String name, float[] got) {
            float[] expected = references.get(name).values();
            REPORT.started(packPath());
            Precision limit = name.startsWith("hidden.") ? relativeToLargest(expected) : precision;
            limit.check(file.getFileName() + " " + name, expected, Arrays.copyOf(got, expected.length));
            REPORT.passed(packPath());
        }

        /** The residual stream grows from layer to layer, and its rounding with it. */
        private Precision relativeToLargest(float[] expected) {
            if (precision.maxError() > 1) {
                return precision;
            }
            float largest = 1;
            for (float value : expected) {
                largest = Math.max(largest, Math.abs(value));
            }
            return new Precision(
                    precision.kernels(), precision.activations(), precision.kvType(), HIDDEN_RELATIVE * largest, 1);
        }
    }
}
