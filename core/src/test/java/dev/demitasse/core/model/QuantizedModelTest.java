package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.GgufOutput;
import dev.demitasse.core.kernels.ActivationType;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import dev.demitasse.core.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models in another format than their file has: while they are loaded, and as files. */
class QuantizedModelTest {
    private static final int[] TOKENS = {3, 1, 4, 1, 5, 9, 2, 6};

    @TempDir
    private Path folder;

    /** A small checkpoint made wide enough for blocks: rows of 64 values, and of 256 in the down projection. */
    private static SmallCheckpoint wide(Architecture architecture) {
        SmallCheckpoint checkpoint = new SmallCheckpoint(architecture);
        checkpoint.config.put("hidden_size", "64");
        checkpoint.config.put("intermediate_size", "256");
        checkpoint.config.put("num_attention_heads", "4");
        checkpoint.config.put("head_dim", "16");
        Map<Long, Long> wider = Map.of(
                (long) SmallCheckpoint.HIDDEN, 64L,
                (long) SmallCheckpoint.FFN, 256L,
                (long) SmallCheckpoint.HEAD_DIM, 16L);
        Map.copyOf(checkpoint.tensors).keySet().stream().sorted().forEach(name -> {
            long[] shape = checkpoint.tensor(name).shape();
            checkpoint.add(
                    name,
                    Arrays.stream(shape)
                            .map(size -> wider.getOrDefault(size, size))
                            .toArray());
        });
        return checkpoint;
    }

    private Path folderOf(Architecture architecture) throws IOException {
        return wide(architecture).writeFolder(folder.resolve(architecture.id()));
    }

    private Path write(Path model, WeightFormat format) throws IOException {
        Path target = folder.resolve(format + ".gguf");
        try (ModelFile file = ModelFile.open(model)) {
            file.writeGguf(format, new GgufOutput(), target, 2, LoadProgress.NONE);
        }
        return target;
    }

    private static float[] logits(ModelFile file) {
        Kernels kernels = KernelSelection.all().getFirst();
        try (TestModel model = TestModel.load(file, kernels, KvType.F32, 2)) {
            return model.run(TOKENS, TOKENS.length);
        }
    }

    private static float[] logits(Path model) {
        try (ModelFile file = ModelFile.open(model)) {
            return logits(file);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Architecture.class,
            names = {"QWEN2", "QWEN3"})
    void aFolderAsAFileOfTheSameTypeComputesTheSame(Architecture architecture) throws IOException {
        Path model = folderOf(architecture);
        assertThat(logits(write(model, WeightFormat.F32))).containsExactly(logits(model));
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void quantisingOnLoadComputesWhatTheQuantisedFileDoes(WeightFormat format) throws IOException {
        Path model = folderOf(Architecture.QWEN2);
        Path written = write(model, format);
        try (ModelFile file = ModelFile.open(model);
                ModelFile stored = ModelFile.open(written)) {
            ModelFile quantized = file.quantized(format);
            assertThat(logits(quantized)).containsExactly(logits(stored));
            assertThat(quantized.weightBytes()).isEqualTo(stored.weightBytes());
            assertThat(quantized.fingerprint()).isNotEqualTo(file.fingerprint());
        }
    }

    /** As the contract has it: rounding may go the other way where sums were added in another order, and no further. */
    @ParameterizedTest
    @EnumSource(
            value = WeightFormat.class,
            names = {"Q4_0", "Q5_0", "Q4_K", "Q6_K", "Q4_K_M"})
    void roundedActivationsAreTheSameInPrefillAndDecode(WeightFormat format) throws IOException {
        int[] tokens = new int[40];
        Arrays.setAll(tokens, i -> TOKENS[i * i % TOKENS.length]);
        Path written = write(folderOf(Architecture.QWEN2), format);
        try (ModelFile file = ModelFile.open(written)) {
            float[] exact = logits(file);
            for (Kernels kernels : KernelSelection.all(ActivationType.INT8)) {
                try (TestModel model = TestModel.load(file, kernels, KvType.F32, 2);
                        KvCache cache = model.newCache()) {
                    float[] prefill = model.run(tokens, tokens.length);
                    float[] decode = model.run(cache, tokens, tokens.length, 1);
                    assertThat(relativeRms(decode, prefill)).isLessThan(0.01);
                    float[] rounded = model.run(TOKENS, TOKENS.length);
                    assertThat(relativeRms(rounded, exact)).isBetween(1e-6, 0.05);
                }
            }
        }
    }

    private static double relativeRms(float[] got, float[] expected) {
        assertThat(got).hasSameSizeAs(expected);
        double squares = 0;
        for (int i = 0; i < got.length; i++) {
            squares += Math.pow(got[i] - expected[i], 2);
        }
        return Math.sqrt(squares / got.length) / Precision.deviation(expected);
    }

    @Test
    void aQuantisedFileIsNotQuantisedAgain() throws IOException {
        Path model = write(folderOf(Architecture.QWEN2), WeightFormat.Q8_0);
        try (ModelFile file = ModelFile.open(model)) {
            assertThatThrownBy(() -> file.quantized(WeightFormat.Q4_0))
                    .isInstanceOfSatisfying(
                            FileFormatException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED))
                    .hasMessageContaining("Q8_0")
                    .hasMessageContaining("before it was quantised");
        }
        assertThatThrownBy(() -> write(model, WeightFormat.Q4_0)).isInstanceOf(FileFormatException.class);
        assertThat(folder.resolve("Q4_0.gguf")).doesNotExist();
        Path again = folder.resolve("again.gguf");
        try (ModelFile file = ModelFile.open(model)) {
            file.writeGguf(WeightFormat.Q8_0, new GgufOutput(), again, 1, LoadProgress.NONE);
        }
        assertThat(again).hasSameBinaryContentAs(model);
    }

    @Test
    void weightsThatAreNotNumbersAreNamedAndNothingIsWritten() throws IOException {
        SmallCheckpoint checkpoint = wide(Architecture.QWEN2);
        checkpoint.tensor("model.layers.0.mlp.up_proj.weight").values()[130] = Float.NaN;
        Path model = checkpoint.writeFolder(folder.resolve("nan"));
        assertThatThrownBy(() -> write(model, WeightFormat.F16))
                .isInstanceOfSatisfying(
                        FileFormatException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NON_FINITE))
                .hasMessageContaining("up_proj.weight, row 2, column 2");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(model);
        }
    }

    @Test
    void aLlamaFolderIsRefusedSinceItsRowsLieInAnotherOrder() throws IOException {
        Path model = folderOf(Architecture.LLAMA);
        assertThatThrownBy(() -> write(model, WeightFormat.F32))
                .isInstanceOf(FileFormatException.class)
                .hasMessageContaining("llama");
    }

    @Test
    void progressCountsTheBytesOfTheSource() throws IOException {
        List<Long> done = new ArrayList<>();
        try (ModelFile file = ModelFile.open(folderOf(Architecture.QWEN3))) {
            file.writeGguf(WeightFormat.F16, new GgufOutput(), folder.resolve("o.gguf"), 1, (bytes, total) -> {
                done.add(bytes);
                assertThat(bytes).isLessThanOrEqualTo(total);
            });
        }
        assertThat(done).isSorted().hasSizeGreaterThan(10).startsWith(0L);
    }

    /** What llama.cpp v0.5.0 wrote for a model of this shape, by the types of its log. */
    @Test
    void theMixtureOfQwensHalfBillionIsLlamaCpps() {
        DecoderConfig qwen =
                new DecoderConfig(Architecture.QWEN2, 24, 896, 4864, 14, 2, 64, 151936, 32768, 1e6f, 1e-6f, true);
        Map<DType, Integer> counts = new EnumMap<>(DType.class);
        WeightFormat.Q4_K_M
                .matrixTypes(TensorNames.GGUF, qwen)
                .values()
                .forEach(type -> counts.merge(type, 1, Integer::sum));
        assertThat(counts).isEqualTo(Map.of(DType.Q5_0, 132, DType.Q8_0, 13, DType.Q4_K, 12, DType.Q6_K, 12));
    }
}
