package dev.demitasse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.RawSequence;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ModelGeneratorTest {
    /** Eight layers, so that mixtures mix; rows of 64 values, so that 256-blocks fall back. */
    private static final ModelShape SMALL = new ModelShape(64, 256, 8, 2, 1, 4096, 512);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void everyFormatLoadsAndGivesLogitsThatDiffer(ModelFormat format) throws IOException {
        Path file = folder.resolve("model.gguf");
        ModelGenerator.write(SMALL, format, file);
        try (RawModel model = RawModel.load(file);
                RawSequence sequence = model.newSequence()) {
            float[] logits = sequence.append(1, 2, 3);
            double deviation = deviation(logits);
            assertThat(deviation).isFinite();
            assertThat(deviation).isBetween(0.01, 10.0);
        }
    }

    @Test
    void theVocabularyAndTheTemplateAreAccepted() throws IOException {
        Path file = folder.resolve("model.gguf");
        ModelGenerator.write(new ModelShape(32, 32, 1, 1, 1, 151_936, 64), ModelFormat.Q8_0, file);
        try (LanguageModel model = LanguageModel.load(file)) {
            int[] tokens = model.tokenizer().encode("床前明月光<|im_end|>", SpecialTokens.ALL);
            assertThat(tokens).hasSize(6).endsWith(151_645);
            assertThat(model.tokenizer().decode(tokens)).isEqualTo("床前明月光<|im_end|>");
            try (var chat = model.chat()) {
                assertThat(chat.send("月", o -> o.maxTokens(4)).await().usage().completionTokens())
                        .isPositive();
            }
        }
    }

    @Test
    void theSameArgumentsGiveTheSameBytes() throws IOException {
        Path first = folder.resolve("first.gguf");
        Path second = folder.resolve("second.gguf");
        ModelGenerator.write(SMALL, ModelFormat.Q4_K_M, first);
        ModelGenerator.write(SMALL, ModelFormat.Q4_K_M, second);
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }

    /** The sizes that published files of Qwen2.5-0.5B have in these types, to the megabyte. */
    @Test
    void mixturesHaveTheShareOfEachTypeThatRealFilesHave() {
        assertThat(megabytes(ModelFormat.Q4_K_M, DType.Q5_0)).isCloseTo(173, within(1.0));
        assertThat(megabytes(ModelFormat.Q4_K_M, DType.Q8_0)).isCloseTo(146, within(1.0));
        assertThat(megabytes(ModelFormat.Q4_K_M, DType.Q6_K)).isCloseTo(43, within(1.0));
        assertThat(megabytes(ModelFormat.Q4_K_M, DType.Q4_K)).isCloseTo(29, within(1.0));
        assertThat(megabytes(ModelFormat.Q4_0, DType.Q4_0)).isCloseTo(201, within(1.0));
        assertThat(megabytes(ModelFormat.Q4_0, DType.Q8_0)).isCloseTo(145, within(1.0));
    }

    private static double megabytes(ModelFormat format, DType type) {
        return ModelGenerator.matrices(ModelShape.QWEN25_05B, format).stream()
                        .filter(tensor -> tensor.type() == type)
                        .mapToLong(GgufOutput.Tensor::bytes)
                        .sum()
                / 1e6;
    }

    private static double deviation(float[] values) {
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / values.length;
        return Math.sqrt(squares / values.length - mean * mean);
    }
}
