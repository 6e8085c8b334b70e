package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.KvType;
import dev.demitasse.core.runtime.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Models of all architectures from files of all kinds, and files that do not hold what they promise. */
class ModelFileTest {
    private static final int[] TOKENS = {3, 14, 15, 9, 26, 5};

    @TempDir
    Path folder;

    private static float[] logits(Path path) {
        try (TestModel model = TestModel.open(path, KernelSelection.scalar(), KvType.F32, 1)) {
            return model.run(TOKENS, TOKENS.length);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFolderASafetensorsFileAndAGgufFileAnswerAlike(Architecture architecture) throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(architecture);
        checkpoint.writeFolder(folder);
        Path gguf =
                Files.write(folder.resolve("model.gguf"), checkpoint.toGguf().toBytes());
        float[] expected = logits(folder);
        assertThat(logits(folder.resolve("model.safetensors"))).containsExactly(expected);
        assertThat(logits(gguf)).containsExactly(expected);
    }

    @Test
    void tiedEmbeddingsAreTheHeadAndMayBeStoredTwice() throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(Architecture.QWEN2);
        checkpoint.tensors.put("lm_head.weight", checkpoint.tensor("model.embed_tokens.weight"));
        float[] untied = logits(checkpoint.writeFolder(folder));
        checkpoint.config.put("tie_word_embeddings", "true");
        assertThat(logits(checkpoint.writeFolder(folder))).containsExactly(untied);
        checkpoint.tensors.remove("lm_head.weight");
        assertThat(logits(checkpoint.writeFolder(folder))).containsExactly(untied);
        Path gguf =
                Files.write(folder.resolve("model.gguf"), checkpoint.toGguf().toBytes());
        assertThat(logits(gguf)).containsExactly(untied);
    }

    @Test
    void aTiedHeadThatDiffersFromTheEmbeddingIsRefused() throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(Architecture.QWEN2);
        checkpoint.config.put("tie_word_embeddings", "true");
        refused(checkpoint, Kind.EXTRA_TENSOR, "lm_head.weight");
    }

    @Test
    void transformers5WritesTheRotaryBaseElsewhere() throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(Architecture.LLAMA);
        float[] expected = logits(checkpoint.writeFolder(folder));
        checkpoint.config.put("rope_parameters", "{\"rope_type\":\"default\"}");
        assertThat(logits(checkpoint.writeFolder(folder))).containsExactly(expected);
        checkpoint.config.remove("rope_theta");
        checkpoint.config.put("rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":5000.0}");
        assertThat(logits(checkpoint.writeFolder(folder))).containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            nullValues = "absent",
            value = {
                "model_type                  | \"qwen2_moe\"             | UNSUPPORTED_ARCHITECTURE",
                "model_type                  | absent                    | MISSING_KEY",
                "architectures               | [\"Qwen2ForSequenceClassification\"] | UNSUPPORTED",
                "hidden_size                 | absent                    | MISSING_KEY",
                "hidden_size                 | \"24\"                    | BAD_VALUE",
                "hidden_size                 | 24.5                      | BAD_VALUE",
                "hidden_size                 | 99999999999999999999      | BAD_VALUE",
                "num_hidden_layers           | 0                         | BAD_VALUE",
                "num_hidden_layers           | 4294967295                | BAD_VALUE",
                "num_hidden_layers           | 2                         | MISSING_TENSOR",
                "num_attention_heads         | -3                        | BAD_VALUE",
                "num_key_value_heads         | 2                         | BAD_VALUE",
                "num_key_value_heads         | null                      | BAD_VALUE",
                "head_dim                    | 7                         | BAD_VALUE",
                "head_dim                    | 16                        | SHAPE_MISMATCH",
                "head_dim                    | 1026                      | BAD_VALUE",
                "vocab_size                  | 31                        | SHAPE_MISMATCH",
                "rms_norm_eps                | 0                         | BAD_VALUE",
                "rope_theta                  | -1                        | BAD_VALUE",
                "max_position_embeddings     | 0                         | BAD_VALUE",
                "hidden_act                  | \"gelu\"                  | UNSUPPORTED",
                "tie_word_embeddings         | 1                         | BAD_VALUE",
                "rope_scaling                | {\"type\":\"yarn\",\"factor\":4} | UNSUPPORTED",
                "rope_parameters             | {\"rope_type\":\"llama3\",\"rope_theta\":5000} | UNSUPPORTED",
                "use_sliding_window          | true                      | UNSUPPORTED",
                "layer_types                 | [\"sliding_attention\"]   | UNSUPPORTED",
                "attention_bias              | true                      | UNSUPPORTED",
                "quantization_config         | {\"bits\":4}              | UNSUPPORTED",
                "partial_rotary_factor       | 0.5                       | UNSUPPORTED",
            })
    void aConfigurationThatIsWrongOrNotSupportedIsRefused(String key, @Nullable String value, Kind kind)
            throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(Architecture.QWEN2);
        if (value == null) {
            checkpoint.config.remove(key);
        } else {
            checkpoint.config.put(key, value);
        }
        refused(checkpoint, kind, kind == Kind.SHAPE_MISMATCH || kind == Kind.MISSING_TENSOR ? "tensor" : key);
    }

    @ParameterizedTest
    @CsvSource({
        "qwen2.rope.scaling.type, UNSUPPORTED",
        "qwen2.expert_count, UNSUPPORTED",
        "qwen2.attention.sliding_window, UNSUPPORTED",
        "qwen2.rope.dimension_count, UNSUPPORTED",
        "qwen2.attention.value_length, UNSUPPORTED",
        "tokenizer.ggml.tokens, LENGTH_MISMATCH",
    })
    void ggufMetadataThatChangesTheModelIsRefused(String key, Kind kind) throws IOException {
        var file = new SmallCheckpoint(Architecture.QWEN2).toGguf();
        switch (key) {
            case "qwen2.rope.scaling.type" -> file.string(key, "yarn");
            case "tokenizer.ggml.tokens" -> file.strings(key, "a", "b");
            default -> file.u32(key, 4);
        }
        Path path = Files.write(folder.resolve("model.gguf"), file.toBytes());
        assertThatThrownBy(() -> logits(path))
                .asInstanceOf(type(FileFormatException.class))
                .satisfies(refusal -> assertThat(refusal.kind()).isEqualTo(kind))
                .satisfies(refusal -> assertThat(refusal).hasMessageContaining("model.gguf"));
    }

    @Test
    void aMissingAnUnknownAndAMisshapenTensorAreRefused() throws IOException {
        SmallCheckpoint missing = new SmallCheckpoint(Architecture.QWEN2);
        missing.tensors.remove("model.layers.0.self_attn.k_proj.bias");
        refused(missing, Kind.MISSING_TENSOR, "self_attn.k_proj.bias");

        SmallCheckpoint unknown = new SmallCheckpoint(Architecture.QWEN2);
        unknown.add("model.layers.0.self_attn.q_norm.weight", SmallCheckpoint.HEAD_DIM);
        refused(unknown, Kind.EXTRA_TENSOR, "q_norm");

        SmallCheckpoint misshapen = new SmallCheckpoint(Architecture.QWEN2);
        misshapen.add("model.layers.0.mlp.down_proj.weight", SmallCheckpoint.FFN, SmallCheckpoint.HIDDEN);
        refused(misshapen, Kind.SHAPE_MISMATCH, "down_proj");
    }

    @Test
    void frequenciesOfOldCheckpointsAreIgnored() throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(Architecture.LLAMA);
        float[] expected = logits(checkpoint.writeFolder(folder));
        checkpoint.add("model.layers.0.self_attn.rotary_emb.inv_freq", SmallCheckpoint.HEAD_DIM / 2);
        assertThat(logits(checkpoint.writeFolder(folder))).containsExactly(expected);
    }

    @Test
    void aNormThatIsNotFiniteIsRefused() throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(Architecture.QWEN2);
        checkpoint.tensor("model.norm.weight").values()[7] = Float.POSITIVE_INFINITY;
        refused(checkpoint, Kind.NON_FINITE, "element 7");
    }

    @Test
    void loadingTellsHowFarItHasCome() throws IOException {
        new SmallCheckpoint(Architecture.QWEN2).writeFolder(folder);
        List<Long> steps = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        try (ModelFile file = ModelFile.open(folder);
                Workers workers = new Workers("test", 1);
                DecoderWeights weights = file.load(KernelSelection.scalar(), workers, (done, total) -> {
                    steps.add(done);
                    totals.add(total);
                })) {
            assertThat(weights.layers()).hasSize(1);
        }
        assertThat(steps).isSorted().startsWith(0L).endsWith(totals.getFirst());
        assertThat(totals).containsOnly(totals.getFirst());
        assertThat(steps).hasSizeGreaterThan(10);
    }

    private void refused(SmallCheckpoint checkpoint, Kind kind, String named) throws IOException {
        checkpoint.writeFolder(folder);
        assertThatThrownBy(() -> logits(folder))
                .asInstanceOf(type(FileFormatException.class))
                .satisfies(refusal -> assertThat(refusal.kind()).isEqualTo(kind))
                .satisfies(refusal -> assertThat(refusal).hasMessageContaining(named));
    }
}
