package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.kernels.ActivationType;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters that PEFT saved give the logits of the models that PEFT merged; lora/adapters.py made both. */
class LoraAdapterTest {
    private static final Path FILES = files();
    private static final int[] TOKENS = {3, 1, 4, 1, 5, 9, 2, 6, 5, 35, 8, 47};
    private static final float LIMIT = 1e-4f;

    @TempDir
    private Path folder;

    private static Path files() {
        try {
            return Path.of(Objects.requireNonNull(LoraAdapterTest.class.getResource("lora"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"some, some, true", "some, some.gguf, true", "all, all, true", "all, all, false"})
    void logitsAreThoseOfTheMergedModel(String name, String file, boolean vector) {
        Kernels kernels = vector ? vectorKernels() : KernelSelection.scalar();
        try (TestModel model = TestModel.open(FILES.resolve("base"), kernels, KvType.F32, 2);
                LoraAdapter adapter = load(model, kernels, file)) {
            for (int rows : new int[] {1, 3, 5, TOKENS.length}) {
                try (KvCache cache = cache(model, adapter)) {
                    assertClose(model.run(cache, TOKENS, TOKENS.length, rows), reference(name));
                }
            }
            assertClose(model.run(TOKENS, TOKENS.length), reference("base"));
        }
    }

    @Test
    void rowsOfOneBatchMayHaveDifferentAdapters() {
        Kernels kernels = vectorKernels();
        try (TestModel model = TestModel.open(FILES.resolve("base"), kernels, KvType.F32, 2);
                LoraAdapter some = load(model, kernels, "some");
                LoraAdapter all = load(model, kernels, "all");
                KvCache first = cache(model, all);
                KvCache second = model.newCache();
                KvCache third = cache(model, some);
                KvCache fourth = cache(model, all)) {
            List<KvCache> caches = List.of(first, second, third, fourth);
            List<String> names = List.of("all", "base", "some", "all");
            Batch batch = model.decoder.newBatch(16);
            float[] logits = new float[model.vocabulary()];
            int done = 0;
            for (int count : new int[] {4, 1, 1, 2, 4}) {
                batch.clear();
                for (KvCache cache : caches) {
                    for (int i = 0; i < count; i++) {
                        batch.add(TOKENS[done + i], cache, true);
                    }
                }
                model.decoder.forward(batch);
                for (int sequence = 0; sequence < caches.size(); sequence++) {
                    float[] expected = reference(names.get(sequence));
                    for (int i = 0; i < count; i++) {
                        batch.readLogits(sequence * count + i, logits);
                        assertClose(logits, TestModel.row(expected, done + i, model.vocabulary()));
                    }
                }
                done += count;
            }
        }
    }

    @Test
    void forksKeepTheAdapterAndItsMemoryUntilTheLastIsClosed() {
        Kernels kernels = vectorKernels();
        try (TestModel model = TestModel.open(FILES.resolve("base"), kernels, KvType.F32, 1)) {
            LoraAdapter adapter = load(model, kernels, "all");
            KvCache cache = cache(model, adapter);
            model.run(cache, new int[] {3, 1, 4}, 1, 3);
            KvCache fork = cache.fork();
            adapter.close();
            adapter.close();
            cache.close();
            cache.close();
            assertClose(model.step(fork, 1), TestModel.row(reference("all"), 3, model.vocabulary()));
            fork.close();
            assertThatThrownBy(() -> cache(model, adapter))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("this adapter was closed");
        }
    }

    @Test
    void anAdapterIsTheSameInBothFormats() {
        Kernels kernels = KernelSelection.scalar();
        try (TestModel model = TestModel.open(FILES.resolve("base"), kernels, KvType.F32, 1);
                LoraAdapter folder = load(model, kernels, "some");
                LoraAdapter file = load(model, kernels, "some/adapter_model.safetensors");
                LoraAdapter gguf = load(model, kernels, "some.gguf");
                LoraAdapter other = load(model, kernels, "all")) {
            assertThat(folder.fingerprint()).isEqualTo(gguf.fingerprint()).isEqualTo(file.fingerprint());
            assertThat(folder.fingerprint()).isNotEqualTo(other.fingerprint()).hasSize(64);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"use_dora\": false| \"use_dora\": true",
                "\"bias\": \"none\"| \"bias\": \"all\"",
                "\"modules_to_save\": null| \"modules_to_save\": [\"lm_head\"]",
                "\"fan_in_fan_out\": false| \"fan_in_fan_out\": true",
                "\"rank_pattern\": {}| \"rank_pattern\": {\"q_proj\": 8}",
                "\"init_lora_weights\": true| \"init_lora_weights\": \"pissa\"",
                "\"peft_type\": \"LORA\"| \"peft_type\": \"LOHA\"",
                "\"r\": 4| \"something_new\": 1, \"r\": 4"
            })
    void whatChangesTheComputationIsRefusedByName(String old, String changed) throws IOException {
        String settings = Files.readString(FILES.resolve("all").resolve("adapter_config.json"));
        assertThat(settings).contains(old);
        copyOfAll(settings.replace(old, changed));
        String key = changed.substring(1, changed.indexOf('"', 1));
        assertThat(refusal(folder).kind()).isEqualTo(Kind.UNSUPPORTED);
        assertThat(refusal(folder)).hasMessageContaining("key " + key);
    }

    @Test
    void tensorsOfOtherModelsAreRefusedByName() throws IOException {
        Path weights = copyOfAll(Files.readString(FILES.resolve("all").resolve("adapter_config.json")));
        replace(weights, "layers.1.mlp.up_proj", "layers.7.mlp.up_proj");
        assertThat(refusal(folder).kind()).isEqualTo(Kind.EXTRA_TENSOR);
        assertThat(refusal(folder)).hasMessageContaining("layers.7.mlp.up_proj.lora_");
        replace(weights, "layers.7.mlp.up_proj", "layers.1.mlp.up_proj");
        replace(weights, "\"shape\":[4,24]", "\"shape\":[24,4]");
        assertThat(refusal(folder).kind()).isEqualTo(Kind.SHAPE_MISMATCH);
    }

    @Test
    void whatIsNoAdapterIsRefused() throws IOException {
        assertThat(refusal(folder).kind()).isEqualTo(Kind.MISSING_FILE);
        Path model = folder.resolve("model.gguf");
        Files.write(model, new SmallCheckpoint(Architecture.QWEN2).toGguf().toBytes());
        assertThat(refusal(model)).hasMessageContaining("general.type").hasMessageContaining("\"adapter\"");
    }

    private Path copyOfAll(String settings) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), settings);
        Path weights = folder.resolve("adapter_model.safetensors");
        Files.copy(FILES.resolve("all").resolve("adapter_model.safetensors"), weights);
        return weights;
    }

    /** Texts of one length, so that offsets stay. */
    private static void replace(Path file, String old, String replacement) throws IOException {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(bytes).contains(old);
        Files.writeString(file, bytes.replace(old, replacement), StandardCharsets.ISO_8859_1);
    }

    private static FileFormatException refusal(Path path) {
        try (ModelFile file = ModelFile.open(FILES.resolve("base"))) {
            LoraFile.load(path, file.config(), KernelSelection.scalar()).close();
        } catch (FileFormatException e) {
            return e;
        }
        throw new AssertionError(path + " was loaded");
    }

    private static Kernels vectorKernels() {
        return KernelSelection.choose(KernelSelection.Policy.AUTO, ActivationType.F32)
                .kernels();
    }

    private static LoraAdapter load(TestModel model, Kernels kernels, String file) {
        return LoraFile.load(FILES.resolve(file), model.decoder.config(), kernels);
    }

    private static KvCache cache(TestModel model, LoraAdapter adapter) {
        return model.pages.newCache(model.decoder.contextSize(), adapter);
    }

    private static float[] reference(String name) {
        return ReferenceTensors.read(FILES.resolve("logits.safetensors"))
                .get(name)
                .values();
    }

    private static void assertClose(float[] logits, float[] expected) {
        assertThat(logits).containsExactly(expected, within(LIMIT));
    }
}
