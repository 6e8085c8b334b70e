package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** {@code blocks/} of the conformance pack: what every block format means, by ggml and gguf-py. */
class BlocksConformanceTest {
    /** Types of the pack that no supported model file uses. */
    private static final Set<String> OUT_OF_SCOPE = Set.of(
            "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ3_S", "IQ2_S", "IQ1_M", "TQ1_0", "TQ2_0", "MXFP4", "NVFP4");

    private static final ConformanceReport REPORT = new ConformanceReport("blocks");

    @AfterAll
    static void report() {
        REPORT.close();
    }

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
    void theEncoderOfTestWeightsGivesTheReferencesBlocks() {
        String file = "blocks/quantise.jsonl";
        for (ConformanceCases.Case example :
                ConformanceCases.read(ConformanceReport.pack().resolve(file))) {
            REPORT.started(file);
            assertThat(BlockEncoder.encode(example.text("type"), example.floatsFromHex("x_f32_hex")))
                    .as(example.text("type"))
                    .isEqualTo(example.bytes("hex"));
            REPORT.passed(file);
        }
    }

    private interface Check {
        void run(DType type, ConformanceCases.Case example);
    }

    private static void forEachCase(String file, Check check) {
        for (ConformanceCases.Case example :
                ConformanceCases.read(ConformanceReport.pack().resolve(file))) {
            if (OUT_OF_SCOPE.contains(example.text("type"))) {
                REPORT.exempt(file);
                continue;
            }
            REPORT.started(file);
            check.run(DType.valueOf(example.text("type")), example);
            REPORT.passed(file);
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
