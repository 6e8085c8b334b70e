package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.examples.ExecutableJar.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check at the end of the build that conformance tests left nothing out, run on packs made here. */
class ConformanceCheckTest {
    private static final Path CHECK =
            Path.of("..", "build-tools", "CheckConformance.java").toAbsolutePath();

    @TempDir
    private Path folder;

    private Path pack = Path.of("");
    private Path build = Path.of("");

    @BeforeEach
    void makeFolders() throws IOException {
        pack = Files.createDirectory(folder.resolve("pack"));
        build = Files.createDirectory(folder.resolve("build"));
    }

    @Test
    void aPackWhoseCasesAllRanPassesAlsoThroughALink() throws Exception {
        write("ops/ops.jsonl", "{}\n{\"text\":\"\u2028\"}\n");
        write("qwen2.5/tokenizer_vectors.jsonl", "{}\n{\"nfc_unicode_lag\": true}\n");
        write("bad/cases.jsonl", "{\"file\":\"gguf/cut.gguf\"}\n");
        write("bad/gguf/cut.gguf", "GGUF");
        report(Map.of(
                "ops/ops.jsonl",
                counts(2, 2, 2, 0),
                "qwen2.5/tokenizer_vectors.jsonl",
                counts(2, 1, 1, 1),
                "bad/cases.jsonl",
                counts(1, 1, 1, 0)));
        Path link = Files.createSymbolicLink(folder.resolve("link"), pack);

        Result result = check(link, Map.of());

        assertThat(result.status()).as(result.err()).isZero();
        assertThat(result.out()).contains("5 cases found, 4 run, 4 passed, 1 exempt");
        assertThat(build.resolve("target/conformance.json")).content().contains("\"ops/ops.jsonl\": {\"found\": 2");
    }

    @Test
    void everythingThatWasLeftOutIsNamed() throws Exception {
        write("ops/ops.jsonl", "{}\n{}\n");
        write("sampling/hf.jsonl", "{}\n");
        write("sampling/other.jsonl", "{}\n");
        write("blocks/matvec.jsonl", "");
        write("blocks/dequantise.jsonl", "{}\n{}\n");
        write("qwen3/tokenizer_vectors.jsonl", "{}\n");
        write("models/g_new/model_Q8_0.gguf", "GGUF");
        write("models/g_new/weights.bin", "?");
        write("bad/cases.jsonl", "{\"file\":\"gguf/cut.gguf\"}\n");
        write("bad/gguf/cut.gguf", "GGUF");
        write("bad/gguf/stray.gguf", "GGUF");
        report(Map.of(
                "ops/ops.jsonl",
                counts(1, 1, 1, 0),
                "sampling/hf.jsonl",
                counts(1, 1, 0, 0),
                "blocks/dequantise.jsonl",
                counts(2, 1, 1, 0),
                "qwen3/tokenizer_vectors.jsonl",
                counts(1, 0, 0, 1),
                "bad/cases.jsonl",
                counts(1, 1, 1, 0),
                "gone.jsonl",
                counts(1, 1, 1, 0)));

        Result result = check(pack, Map.of());

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err().lines())
                .containsExactlyInAnyOrder(
                        "conformance: ops/ops.jsonl: 2 cases, only 1 found by the tests",
                        "conformance: sampling/hf.jsonl: 1 cases run, only 0 passed",
                        "conformance: sampling/other.jsonl: none of its cases was run",
                        "conformance: blocks/matvec.jsonl: has no cases",
                        "conformance: blocks/dequantise.jsonl: 2 cases, only 1 run",
                        "conformance: qwen3/tokenizer_vectors.jsonl: 1 cases left out, the pack allows 0",
                        "conformance: models/g_new/model_Q8_0.gguf: none of its cases was run",
                        "conformance: models/g_new/weights.bin: no test knows this kind of file",
                        "conformance: bad/gguf/stray.gguf: not listed in bad/cases.jsonl",
                        "conformance: gone.jsonl: counted, but not part of the pack");
    }

    @Test
    void aPackWithoutCasesAndAPackThatIsNotThereWhereOneWasNamedFail() throws Exception {
        Result empty = check(pack, Map.of());
        assertThat(empty.status()).isEqualTo(1);
        assertThat(empty.err()).contains("not one case was run");

        Path missing = folder.resolve("missing");
        assertThat(check(missing, Map.of()).status()).isZero();
        Result named = check(missing, Map.of("DEMITASSE_CONFORMANCE", missing.toString()));
        assertThat(named.status()).isEqualTo(1);
        assertThat(named.err()).contains("DEMITASSE_CONFORMANCE is " + missing, "absolute path");
    }

    private void write(String file, String text) throws IOException {
        Path path = pack.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static String counts(int found, int run, int passed, int exempt) {
        return "{\"found\":%d,\"run\":%d,\"passed\":%d,\"exempt\":%d}".formatted(found, run, passed, exempt);
    }

    private void report(Map<String, String> files) throws IOException {
        StringBuilder json = new StringBuilder("{\n");
        files.forEach((file, counts) ->
                json.append('"').append(file).append("\": ").append(counts).append(",\n"));
        Path reports = Files.createDirectories(build.resolve("core/target/conformance"));
        Files.writeString(reports.resolve("made.json"), json.append("}\n"));
    }

    private Result check(Path named, Map<String, String> environment) throws Exception {
        List<String> command = List.of(
                ExecutableJar.thisJava().toString(), CHECK.toString(), named.toString(), "2020-01-01T00:00:00Z");
        return ExecutableJar.runIn(build, command, new byte[0], environment);
    }
}
