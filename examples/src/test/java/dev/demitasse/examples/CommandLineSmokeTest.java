package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.examples.ExecutableJar.Result;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The built jar, run as a process on the bundled model. */
class CommandLineSmokeTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String QUESTION = "写一首关于月亮的诗";

    @TempDir
    private Path folder;

    @Test
    void askAnswersInChineseAndSaysNothingElse() throws Exception {
        Result result = ExecutableJar.run("ask", "--greedy", QUESTION);
        assertThat(result.status()).as(result.err()).isZero();
        assertThat(result.out().codePoints().filter(Character::isIdeographic).count())
                .isGreaterThanOrEqualTo(20);
        assertThat(result.out()).doesNotContain("\uFFFD");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void aChatInAPipeAnswersEveryLineOnTheStandardOutput() throws Exception {
        Result result = ExecutableJar.runWithInput(QUESTION + "\n/clear\n" + QUESTION + "\n", "chat", "--greedy");
        assertThat(result.status()).as(result.err()).isZero();
        String answer = result.out().substring(0, result.out().length() / 2);
        assertThat(answer).isNotBlank();
        assertThat(result.out()).isEqualTo(answer + answer);
        assertThat(result.err()).contains("quatrains");
    }

    @Test
    void theBundledModelsVectorKernelsRunWithoutAnyFlag() throws Exception {
        Result result = ExecutableJar.run("ask", "--greedy", "--json", QUESTION);
        JsonNode report = JSON.readTree(result.out());
        assertThat(report.path("kernels").asString()).startsWith("vector");
        assertThat(report.path("finish").asString()).isEqualTo("stop");
    }

    @ParameterizedTest
    @CsvSource({"-Xint, -Xint", "-XX:TieredStopAtLevel=1, -XX:TieredStopAtLevel"})
    void aJvmThatDoesNotOptimiseAnswersTheSameAndIsToldWhatToChange(String flag, String setting) throws Exception {
        List<String> arguments = List.of("ask", "--ids", "6398,779", "--greedy", "--max-tokens", "3", "--json");
        Result fast = ExecutableJar.run(arguments.toArray(String[]::new));
        List<String> command = new ArrayList<>(
                List.of(ExecutableJar.thisJava().toString(), flag, "-jar", ExecutableJar.JAR.toString()));
        command.addAll(arguments);
        Result slow = ExecutableJar.run(command, "", Map.of());
        assertThat(slow.status()).as(slow.err()).isZero();
        assertThat(JSON.readTree(slow.out()).path("kernels").asString()).isEqualTo("scalar");
        assertThat(JSON.readTree(slow.out()).path("ids"))
                .isEqualTo(JSON.readTree(fast.out()).path("ids"))
                .hasSize(3);
        assertThat(slow.errorLines())
                .singleElement()
                .asString()
                .startsWith("WARNING: ")
                .contains(setting);
    }

    @ParameterizedTest
    @ValueSource(strings = {"doctor", "inspect", "tokenize"})
    void aSmallHeapIsEnoughToLookAround(String name) throws Exception {
        Result result = ExecutableJar.run(
                List.of(ExecutableJar.thisJava().toString(), "-Xmx100m", "-jar", ExecutableJar.JAR.toString(), name),
                "{\"text\":\"春\"}\n",
                Map.of());
        assertThat(result.status()).as(result.err()).isZero();
        assertThat(result.out()).isNotBlank();
    }

    @Test
    void onAClassPathWithoutTheFlagScalarKernelsAnswerWithOneWarning() throws Exception {
        List<String> command = List.of(
                ExecutableJar.thisJava().toString(),
                "-cp",
                ExecutableJar.JAR.toString(),
                "dev.demitasse.examples.cli.Main",
                "ask",
                "--greedy",
                QUESTION);
        Result scalar = ExecutableJar.run(command, "", Map.of());
        assertThat(scalar.status()).as(scalar.err()).isZero();
        assertThat(scalar.out()).isNotBlank();
        assertThat(scalar.err()).containsOnlyOnce("--add-modules jdk.incubator.vector");
    }

    @Test
    void anOlderDefaultJavaStartsItAgainOnANewerOne() throws Exception {
        Optional<Path> older = olderJava();
        Assumptions.assumeTrue(older.isPresent(), "no Java 17 to 24 on this machine");
        Map<String, String> environment = Map.of("JAVA25_HOME", System.getProperty("java.home"));
        String jar = ExecutableJar.JAR.toString();
        Result version = ExecutableJar.run(
                List.of(older.get().toString(), "-Xmx300m", "-jar", jar, "--version"), "", environment);
        assertThat(version.out()).contains("Java 2").doesNotContain("Java 17");
        Result failing = ExecutableJar.run(
                List.of(older.get().toString(), "-jar", jar, "inspect", "absent.gguf"), "", environment);
        assertThat(failing.status()).isEqualTo(2);
        assertThat(failing.errorLines()).singleElement().asString().contains("absent.gguf");
    }

    @Test
    void underThePosixLocaleChineseArgumentsAndFileNamesArrive() throws Exception {
        Result result = ExecutableJar.run(
                List.of(
                        ExecutableJar.thisJava().toString(),
                        "-jar",
                        ExecutableJar.JAR.toString(),
                        "inspect",
                        "没有.gguf"),
                "",
                Map.of("LC_ALL", "POSIX"));
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("没有.gguf");
    }

    @Test
    void errorsAreOneLineAndExitStatusTwo() throws Exception {
        for (String[] arguments : new String[][] {
            {"ask", "-m", "absent.gguf", "hello"}, {"inspect", "--no-such-option"}, {"render", "absent-folder/"}
        }) {
            Result result = ExecutableJar.run(arguments);
            assertThat(result.status()).as(result.err()).isEqualTo(2);
            assertThat(result.errorLines()).as(result.err()).hasSize(1);
            assertThat(result.out()).isEmpty();
        }
    }

    @Test
    void verboseShowsWhereAnErrorComesFrom() throws Exception {
        Result result = ExecutableJar.run("inspect", "--verbose", "absent.gguf");
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("\tat ");
    }

    @Test
    void tokenizedTextComesBackFromDetokenize() throws Exception {
        String text = "春眠不觉晓<|im_end|> and 3 words\n\u0085";
        for (String special : List.of("all", "none", "split")) {
            String line = JSON.writeValueAsString(Map.of("text", text, "special", special)) + "\n";
            Result tokenized = ExecutableJar.runWithInput(line, "tokenize");
            assertThat(tokenized.status()).as(tokenized.err()).isZero();
            Result back = ExecutableJar.runWithInput(tokenized.out(), "detokenize");
            assertThat(JSON.readTree(back.out()).path("text").asString()).isEqualTo(text);
        }
    }

    @Test
    void aLineThatCannotBeReadIsNamedAndThoseBeforeItAreAnswered() throws Exception {
        String good = "\uFEFF{\"text\":\"a\"}\n";
        for (String bad : List.of("{\"text\":1}", "{\"text\":\"a\"} {}", "{\"text\"", "[]")) {
            Result result = ExecutableJar.runWithInput(good + "\n" + bad + "\n" + good, "tokenize");
            assertThat(result.status()).as(bad).isEqualTo(2);
            assertThat(result.out().lines()).as(bad).hasSize(1);
            assertThat(result.errorLines())
                    .as(bad)
                    .singleElement()
                    .asString()
                    .contains("line 3 of the input")
                    .doesNotContain("Feature", "JsonToken");
        }
        Result notUtf8 = ExecutableJar.runWithBytes(new byte[] {'{', (byte) 0xFF, '}', '\n'}, "tokenize");
        assertThat(notUtf8.status()).isEqualTo(2);
        assertThat(notUtf8.errorLines()).singleElement().asString().contains("not UTF-8");
    }

    @Test
    void renderKeepsACallersSpecialTokensText() throws Exception {
        String line = "{\"messages\":[{\"role\":\"user\",\"content\":\"a<|im_end|>b\"}],"
                + "\"add_generation_prompt\":true}\n";
        Result result = ExecutableJar.runWithInput(line, "render");
        assertThat(result.status()).as(result.err()).isZero();
        JsonNode rendered = JSON.readTree(result.out());
        assertThat(rendered.path("text").asString()).contains("a<|im_end|>b").endsWith("<|im_start|>assistant\n");
        assertThat(rendered.path("ids_safe").size())
                .isGreaterThan(rendered.path("ids").size());
    }

    @Test
    void logitsAreWrittenForEveryPosition() throws Exception {
        Path file = folder.resolve("logits.safetensors");
        Result result = ExecutableJar.run("logits", "--ids", "1,2,3", "--out", file.toString());
        assertThat(result.status()).as(result.err()).isZero();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) bytes.getLong()];
        bytes.get(header);
        JsonNode tensor =
                JSON.readTree(new String(header, StandardCharsets.UTF_8)).path("logits");
        assertThat(tensor.path("dtype").asString()).isEqualTo("F32");
        assertThat(tensor.path("shape").path(0).asInt()).isEqualTo(3);
        assertThat(bytes.remaining())
                .isEqualTo(3 * 4 * tensor.path("shape").path(1).asInt());
        assertThat(bytes.asFloatBuffer().get()).isFinite();
    }

    @Test
    void logitsThatCannotBeComputedLeaveNoFile() throws Exception {
        Path file = folder.resolve("logits.safetensors");
        Result result = ExecutableJar.run("logits", "--ids", "1,999999", "--out", file.toString());
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.errorLines()).singleElement().asString().contains("999999");
        assertThat(file).doesNotExist();
    }

    @Test
    void idsAreContinuedToTheLengthAskedFor() throws Exception {
        Result result = ExecutableJar.run("ask", "--ids", "1,2,3", "--greedy", "--max-tokens", "5", "--json");
        assertThat(JSON.readTree(result.out()).path("ids").size())
                .as(result.err())
                .isEqualTo(5);
    }

    @Test
    void benchReportsEachTestAsJson() throws Exception {
        Result result =
                ExecutableJar.run("bench", "-p", "8,16", "-n", "4", "-d", "0,8", "-t", "1", "-r", "2", "--json");
        assertThat(result.status()).as(result.err()).isZero();
        JsonNode report = JSON.readTree(result.out());
        assertThat(report.path("threads").asInt()).isEqualTo(1);
        assertThat(report.path("results").size()).isEqualTo(6);
        report.path("results")
                .forEach(test -> assertThat(test.path("median_ts").asDouble()).isPositive());
    }

    private static Optional<Path> olderJava() throws Exception {
        Path installations = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(installations)) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(installations)) {
            return homes.filter(home -> isOlder(home.resolve("release")))
                    .map(home -> home.resolve("bin").resolve("java"))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }

    private static boolean isOlder(Path release) {
        try {
            return Files.readString(release).matches("(?s).*JAVA_VERSION=\"(17|18|19|20|21|22|23|24)[.\"].*");
        } catch (java.io.IOException e) {
            return false;
        }
    }
}
