package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.kernels.ActivationType;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** {@code models/} of the conformance pack: logits and greedy continuations of whole models in every format. */
class ModelsConformanceTest {
    private static final ConformanceReport REPORT = new ConformanceReport("models");

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @Test
    void everyFileOfThePackIsKnown() throws IOException {
        for (Path folder : folders()) {
            Set<String> known = new TreeSet<>(Set.of("config.json", "expected.json", "tokenizer.json"));
            known.add("tokenizer_config.json");
            known.add("sharded");
            for (String variant : variants(folder).keys()) {
                known.add("model_" + variant.replaceFirst("^(st|gguf)_", "")
                        + (isGguf(variant) ? ".gguf" : ".safetensors"));
                known.add("ref_" + variant + ".safetensors");
                known.add("trace_" + variant + "_short.safetensors");
            }
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .as("%s", folder)
                        .isSubsetOf(known);
            }
        }
    }

    @TestFactory
    List<DynamicTest> everyVariantAnswersAsTheReference() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path folder : folders()) {
            for (String variant : variants(folder).keys()) {
                for (Precision precision : precisions()) {
                    String name = folder.getFileName() + " " + variant + ", " + precision;
                    tests.add(DynamicTest.dynamicTest(name, () -> checkVariant(folder, variant, precision)));
                }
            }
        }
        return tests;
    }

    @TestFactory
    List<DynamicTest> aShardedFolderAnswersAsTheSingleFile() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path folder : folders()) {
            if (Files.isDirectory(folder.resolve("sharded"))) {
                tests.add(DynamicTest.dynamicTest(folder.getFileName().toString(), () -> checkSharded(folder)));
            }
        }
        return tests;
    }

    static List<Precision> precisions() {
        List<Precision> precisions = new ArrayList<>();
        for (Kernels kernels : KernelSelection.all()) {
            precisions.add(Precision.exact(kernels));
        }
        Kernels fastest = KernelSelection.all().getLast();
        precisions.add(Precision.rounded(fastest, KvType.F16, 0.002));
        precisions.add(Precision.rounded(fastest, KvType.INT8, 0.02));
        for (Kernels kernels : KernelSelection.all(ActivationType.INT8)) {
            precisions.add(Precision.byDefault(kernels));
        }
        return precisions;
    }

    private static List<Path> folders() throws IOException {
        Path models = ConformanceReport.pack().resolve("models");
        try (Stream<Path> entries = Files.list(models)) {
            List<Path> folders = entries.sorted().toList();
            assertThat(folders).isNotEmpty().allMatch(Files::isDirectory);
            return folders;
        }
    }

    private static TestJson expected(Path folder) {
        return TestJson.read(folder.resolve("expected.json"));
    }

    private static TestJson variants(Path folder) {
        TestJson variants = expected(folder).object("variants");
        assertThat(variants.keys()).isNotEmpty();
        return variants;
    }

    private static boolean isGguf(String variant) {
        return variant.startsWith("gguf_");
    }

    private static String packPath(Path file) {
        return ConformanceReport.pack().relativize(file).toString();
    }

    private static void checkVariant(Path folder, String variant, Precision precision) {
        TestJson sequences = expected(folder).object("sequences");
        TestJson facts = expected(folder).object("variants").object(variant);
        Path file = folder.resolve(facts.string("file"));
        try (TestModel model = TestModel.open(file, precision.kernels(), precision.kvType(), 2)) {
            float deviation = checkLogits(folder, variant, precision, sequences, model);
            TestJson greedy = facts.object("greedy");
            for (String sequence : greedy.keys()) {
                REPORT.started(packPath(folder.resolve("expected.json")));
                checkGreedy(model, sequences.integers(sequence), greedy.object(sequence), precision, deviation);
                REPORT.passed(packPath(folder.resolve("expected.json")));
            }
        }
    }

    /** Returns the standard deviation of the reference's logits. */
    private static float checkLogits(
            Path folder, String variant, Precision precision, TestJson sequences, TestModel model) {
        Path references = folder.resolve("ref_" + variant + ".safetensors");
        float deviation = 0;
        for (Map.Entry<String, ReferenceTensors.Tensor> reference :
                ReferenceTensors.read(references).tensors().entrySet()) {
            REPORT.started(packPath(references));
            String sequence = reference.getKey().replaceFirst("^logits\\.", "").replaceFirst("\\.last4$", "");
            float[] expected = reference.getValue().values();
            float[] got =
                    model.run(sequences.integers(sequence), reference.getValue().rows());
            precision.check(folder.getFileName() + " " + variant + " " + reference.getKey(), expected, got);
            deviation = Precision.deviation(expected);
            REPORT.passed(packPath(references));
        }
        return deviation;
    }

    private static void checkGreedy(
            TestModel model, int[] prompt, TestJson greedy, Precision precision, float deviation) {
        int[] ids = greedy.integers("ids");
        double[] margins = greedy.reals("margins");
        try (KvCache cache = model.newCache()) {
            float[] logits = model.run(cache, prompt, 1, Decoder.PREFILL_ROWS);
            for (int i = 0; i < ids.length; i++) {
                int best = TestModel.argmax(logits);
                if (margins[i] < precision.greedyTolerance(deviation)) {
                    return; // either token is right here, and what follows depends on it
                }
                assertThat(best).as("greedy token %d, %s", i, precision).isEqualTo(ids[i]);
                logits = model.step(cache, best);
            }
        }
    }

    private static void checkSharded(Path folder) {
        Path sharded = folder.resolve("sharded");
        ReferenceTensors references = ReferenceTensors.read(folder.resolve("ref_st_f32.safetensors"));
        TestJson sequences = expected(folder).object("sequences");
        String file = packPath(sharded.resolve("model.safetensors.index.json"));
        for (Precision precision : precisions()) {
            REPORT.started(file);
            try (TestModel model = TestModel.open(sharded, precision.kernels(), precision.kvType(), 1)) {
                ReferenceTensors.Tensor reference = references.get("logits.short");
                precision.check(
                        "sharded", reference.values(), model.run(sequences.integers("short"), reference.rows()));
            }
            REPORT.passed(file);
        }
    }
}
