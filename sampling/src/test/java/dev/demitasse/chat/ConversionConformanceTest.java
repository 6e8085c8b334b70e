package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.tokenizer.SpecialTokens;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code models/} of the conformance pack, converted and quantised here: the files of llama.cpp's converter and quantiser
 * have the same keys and the same tensors, and the logits are those of the folder.
 */
class ConversionConformanceTest {
    private static final ConformanceReport REPORT = new ConformanceReport("conversion");
    private static final int[] TOKENS = {40, 3, 200, 17, 99, 300, 5, 7};

    @TempDir
    private Path temporary;

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @TestFactory
    Stream<DynamicTest> everyFolderBecomesAFile() throws IOException {
        return models().filter(model -> Files.exists(model.resolve("model_f32.safetensors")))
                .filter(model -> !isLlama(model))
                .map(model -> DynamicTest.dynamicTest(model.getFileName().toString(), () -> {
                    Path folder = folderOf(model, Files.createDirectory(temporary.resolve(model.getFileName())));
                    Path file = temporary.resolve(model.getFileName() + ".gguf");
                    ModelQuantizer.to(WeightFormat.F32).threads(2).write(folder, file);
                    assertThat(logits(file)).containsExactly(logits(folder));
                    assertThat(ModelLanguage.load(file).tokenizer().encode("你好, world <|im_end|>", SpecialTokens.ALL))
                            .isEqualTo(ModelLanguage.load(folder)
                                    .tokenizer()
                                    .encode("你好, world <|im_end|>", SpecialTokens.ALL));
                    if (Files.isDirectory(model.resolve("sharded"))) {
                        Path sharded = Files.createDirectory(temporary.resolve("sharded"));
                        link(model.resolve("sharded"), sharded);
                        link(folder, sharded);
                        Files.delete(sharded.resolve("model.safetensors"));
                        Path other = temporary.resolve("sharded.gguf");
                        ModelQuantizer.to(WeightFormat.F32).write(sharded, other);
                        assertThat(tensorBytes(other)).isEqualTo(tensorBytes(file));
                    }
                    for (Path reference : ggufs(model)) {
                        compare(model, reference, file);
                    }
                }));
    }

    @Test
    void aFolderThatDoesNotDrawBecomesAFileThatDoesNot() throws IOException {
        Path model = models().filter(candidate -> Files.exists(candidate.resolve("model_f32.safetensors")))
                .filter(candidate -> !isLlama(candidate))
                .findFirst()
                .orElseThrow();
        Path folder = folderOf(model, Files.createDirectory(temporary.resolve("greedy")));
        Files.writeString(
                folder.resolve("generation_config.json"),
                "{\"do_sample\": false, \"temperature\": 0.7, \"repetition_penalty\": 1.3}");
        Path file = temporary.resolve("greedy.gguf");
        ModelQuantizer.to(WeightFormat.F32).write(folder, file);
        try (Gguf gguf = Gguf.open(file)) {
            assertThat(gguf.metadata().real("general.sampling.temp")).isZero();
            assertThat(gguf.metadata().real("general.sampling.penalty_repeat")).isEqualTo(1.3f);
            assertThat(gguf.metadata().has("general.sampling.top_p")).isFalse();
        }
        try (LanguageModel before = LanguageModel.load(folder);
                LanguageModel after = LanguageModel.load(file);
                ChatSession first = before.chat();
                ChatSession second = after.chat()) {
            assertThat(second.ask("你好", o -> o.maxTokens(16))).isEqualTo(first.ask("你好", o -> o.maxTokens(16)));
        }
    }

    private void compare(Path model, Path reference, Path converted) throws IOException {
        String name = ConformanceReport.pack().relativize(reference).toString();
        REPORT.started(name);
        String type = reference.getFileName().toString().replaceAll("model_(.*)\\.gguf", "$1");
        Path mine = temporary.resolve(model.getFileName() + "-" + type + ".gguf");
        ModelQuantizer.to(WeightFormat.valueOf(type)).write(converted, mine);
        try (Gguf expected = Gguf.open(reference);
                Gguf found = Gguf.open(mine);
                Arena arena = Arena.ofConfined()) {
            for (String key : new TreeSet<>(expected.metadata().keys())) {
                if (key.startsWith("tokenizer.") || key.startsWith("qwen")) {
                    assertThat(valueOf(found, key)).as("%s, %s", name, key).isEqualTo(valueOf(expected, key));
                }
            }
            assertThat(found.tensors().keySet()).isEqualTo(expected.tensors().keySet());
            int equal = 0;
            for (TensorInfo tensor : expected.tensors().values()) {
                TensorInfo own = found.tensor(tensor.name());
                assertThat(own.shape()).isEqualTo(tensor.shape());
                // The pack's files have every matrix in one type, real ones a mixture.
                if (own.typeName().equals(tensor.typeName())) {
                    MemorySegment bytes = expected.map(tensor, arena);
                    assertThat(bytes.mismatch(found.map(own, arena)))
                            .as("%s, %s", name, tensor.name())
                            .isEqualTo(-1);
                    equal++;
                }
            }
            assertThat(equal).isGreaterThan(expected.tensors().size() / 2);
        }
        REPORT.passed(name);
    }

    private static Object valueOf(Gguf file, String key) {
        String type = file.metadata().typeName(key);
        return switch (type.replaceAll(" of \\d+", "")) {
            case "string" -> file.metadata().string(key);
            case "bool" -> file.metadata().bool(key);
            case "f32" -> file.metadata().real(key);
            case "array string" -> List.copyOf(file.metadata().strings(key));
            case "array i32" ->
                Arrays.stream(file.metadata().integers(key)).boxed().toList();
            default -> file.metadata().integer(key);
        };
    }

    private static List<String> tensorBytes(Path file) {
        try (Gguf gguf = Gguf.open(file);
                Arena arena = Arena.ofConfined()) {
            return gguf.tensors().values().stream()
                    .map(tensor -> tensor.name() + " "
                            + gguf.map(tensor, arena).asByteBuffer().hashCode())
                    .toList();
        }
    }

    private static float[] logits(Path model) {
        try (RawModel raw = LanguageModel.loader()
                        .threads(1)
                        .precision(Precision.EXACT)
                        .loadRaw(model);
                RawSequence sequence = raw.newSequence()) {
            return sequence.append(TOKENS);
        }
    }

    private static Stream<Path> models() throws IOException {
        try (Stream<Path> folders = Files.list(ConformanceReport.pack().resolve("models"))) {
            return folders.sorted().toList().stream();
        }
    }

    private static boolean isLlama(Path model) {
        return String.valueOf(JsonFile.readObject(model.resolve("config.json")).get("model_type"))
                .equals("llama");
    }

    private static List<Path> ggufs(Path model) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            return files.filter(file -> file.toString().endsWith(".gguf"))
                    .sorted()
                    .toList();
        }
    }

    /** As a download would be: the pack has weights of several types in one folder. */
    private static Path folderOf(Path model, Path folder) throws IOException {
        for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(model.resolve(name), folder.resolve(name));
        }
        Files.copy(model.resolve("model_f32.safetensors"), folder.resolve("model.safetensors"));
        return folder;
    }

    private static void link(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                if (!Files.exists(to.resolve(file.getFileName()))) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }
}
