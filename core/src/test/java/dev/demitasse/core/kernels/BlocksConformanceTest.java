package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufWriter;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code blocks/} of the conformance pack: what every block format means, by ggml and gguf-py. Of formats that have no
 * kernels here, what must happen is that a file with such a tensor is refused by the format's name.
 */
class BlocksConformanceTest {
    private static final ConformanceReport REPORT = new ConformanceReport("blocks");

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @TempDir
    private Path folder = Path.of("");

    @Test
    void everyBlockIsDequantisedToTheBit() {
        forEachCase("blocks/dequantise.jsonl", (type, example) -> {
            float[] expected = example.floatsFromHex("f32_hex");
            float[] got = new float[expected.length];
            BlockDecoder.decode(type, MemorySegment.ofArray(example.bytes("hex")), 0, got.length, got, 0);
            assertThat(bits(got)).as("%s", type).containsExactly(bits(expected));
        });
    }

    @Test
    void everyProductIsWithinTheErrorBound() {
        forEachCase("blocks/matvec.jsonl", (type, example) -> {
            int rows = example.integer("rows");
            int cols = example.integer("cols");
            Matrix matrix = new Matrix("w", rows, cols, type, MemorySegment.ofArray(example.bytes("w_hex")));
            double[] expected = example.numbers("y");
            double[] bound = example.numbers("y_abs");
            float[] x = example.floatsFromHex("x_f32_hex");
            for (Kernels kernels : KernelSelection.all()) {
                float[] y = new float[rows];
                try (Workers workers = new Workers("test", 1)) {
                    kernels.multiply(kernels.prepare(List.of(matrix)), x, 1, y, workers);
                }
                for (int i = 0; i < rows; i++) {
                    assertThat((double) y[i])
                            .as("%s, %s, row %d", kernels.name(), type, i)
                            .isCloseTo(expected[i], within(1e-5 * bound[i]));
                }
            }
        });
    }

    @Test
    void theQuantiserGivesTheReferencesBlocks() {
        String file = "blocks/quantise.jsonl";
        for (ConformanceCases.Case example :
                ConformanceCases.read(ConformanceReport.pack().resolve(file))) {
            REPORT.started(file);
            assertThat(encode(example.text("type"), example.floatsFromHex("x_f32_hex")))
                    .as(example.text("type"))
                    .isEqualTo(example.bytes("hex"));
            REPORT.passed(file);
        }
    }

    private static byte[] encode(String type, float[] x) {
        return type.equals("Q8_K") ? ActivationBlocks.encode(x) : QuantizerTest.encode(DType.valueOf(type), x);
    }

    private interface Check {
        void run(DType type, ConformanceCases.Case example);
    }

    private void forEachCase(String file, Check check) {
        for (ConformanceCases.Case example :
                ConformanceCases.read(ConformanceReport.pack().resolve(file))) {
            REPORT.started(file);
            Optional<DType> type = Arrays.stream(DType.values())
                    .filter(known -> known.name().equals(example.text("type")))
                    .findFirst();
            type.ifPresentOrElse(known -> check.run(known, example), () -> checkRefusal(example));
            REPORT.passed(file);
        }
    }

    private void checkRefusal(ConformanceCases.Case example) {
        Path file = folder.resolve(example.text("type") + ".gguf");
        GgufWriter writer = new GgufWriter();
        writer.tensor(
                "blk.0.ffn_up.weight",
                example.integer("type_id"),
                example.bytes("hex"),
                example.integer("block_elems"));
        try {
            Files.write(file, writer.toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (Gguf gguf = Gguf.open(file)) {
            TensorInfo tensor = gguf.tensor("blk.0.ffn_up.weight");
            assertThatThrownBy(tensor::type)
                    .isInstanceOfSatisfying(
                            FileFormatException.class,
                            refusal -> assertThat(refusal.kind()).isEqualTo(Kind.UNSUPPORTED_TENSOR_TYPE))
                    .hasMessageContaining("type " + example.text("type"))
                    .hasMessageContaining(tensor.name());
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
