package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufOutput;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.kernels.Quantizer;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import dev.demitasse.demo.DemoModel;
import dev.demitasse.examples.ExecutableJar.Result;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Quantising as a process: the bundled model made large, and small again. */
@Timeout(120)
class QuantizeSmokeTest {
    private static final String QUESTION = "写一首关于月亮的诗";

    @TempDir
    private Path folder;

    /** The bundled model with its weights as floats of 32 bits. */
    private Path floats(String name) throws IOException {
        Path file = folder.resolve(name);
        try (Gguf demo = Gguf.open(DemoModel.path());
                Arena arena = Arena.ofConfined()) {
            GgufOutput output = new GgufOutput().copy(demo.metadata(), Set.of("general.file_type"));
            demo.tensors().values().forEach(tensor -> output.tensor(tensor.name(), DType.F32, tensor.shape()));
            output.write(file, (tensor, out) -> writeAsFloats(demo, demo.tensor(tensor), arena, out));
        }
        return file;
    }

    private static void writeAsFloats(Gguf file, TensorInfo tensor, Arena arena, WritableByteChannel out)
            throws IOException {
        int cols = Math.toIntExact(tensor.shape().getLast());
        int rows = Math.toIntExact(tensor.shape().stream().reduce(1L, Math::multiplyExact) / cols);
        Matrix matrix = new Matrix(tensor.name(), rows, cols, tensor.type(), file.map(tensor, arena));
        MemorySegment floats = arena.allocate((long) rows * cols * Float.BYTES);
        new Quantizer().convert(matrix, 0, rows, DType.F32, floats);
        out.write(floats.asByteBuffer());
    }

    private static List<String> command(String heap, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(ExecutableJar.thisJava().toString(), heap, "-jar", ExecutableJar.JAR.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    @Test
    void aModelOfFloatsBecomesTheBundledOne() throws Exception {
        Path small = folder.resolve("small.gguf");
        Result result = ExecutableJar.run(
                command("-Xmx48m", "quantize", floats("large.gguf").toString(), small.toString(), "q8_0"),
                "",
                Map.of());
        assertThat(result.status()).as(result.err()).isZero();
        assertThat(result.err()).contains("100 %").contains("MB");
        assertThat(result.out()).isEmpty();
        assertThat(answer(small.toString())).isEqualTo(answer(DemoModel.path().toString()));
    }

    private static String answer(String model) throws Exception {
        Result result = ExecutableJar.run("ask", model, "--greedy", QUESTION);
        assertThat(result.status()).as(result.err()).isZero();
        return result.out();
    }

    @Test
    void aQuantisedModelIsRefusedInOneLine() throws Exception {
        Path small = folder.resolve("small.gguf");
        Result result = ExecutableJar.run("quantize", DemoModel.path().toString(), small.toString(), "q4_0");
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.errorLines())
                .singleElement()
                .asString()
                .contains("Q8_0")
                .contains("before it was quantised");
        assertThat(small).doesNotExist();
        Result unknown = ExecutableJar.run("quantize", "a", "b", "q9");
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.errorLines()).singleElement().asString().contains("Q4_K_M");
    }

    @Test
    void aKilledProcessLeavesWhatWasThere() throws Exception {
        Path large = floats("large.gguf");
        Path target = folder.resolve("target.gguf");
        Files.writeString(target, "before");
        Process process = new ProcessBuilder(
                        command("-Xmx300m", "quantize", large.toString(), target.toString(), "q4_k"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        while (parts().isEmpty() && process.isAlive()) {
            Thread.onSpinWait();
        }
        process.destroyForcibly();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("killed in the middle").isNotZero();
        assertThat(target).hasContent("before");
        List<Path> left = parts();
        assertThat(left).hasSize(1);

        Result again = ExecutableJar.run("quantize", large.toString(), target.toString(), "q8_0");
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(parts()).as("its own part has become the file").isEqualTo(left);
        assertThat(answer(target.toString())).isNotBlank();
    }

    private List<Path> parts() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".incomplete")).toList();
        }
    }
}
