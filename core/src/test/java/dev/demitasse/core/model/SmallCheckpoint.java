package dev.demitasse.core.model;

import dev.demitasse.core.format.GgufWriter;
import dev.demitasse.core.format.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * A random model small enough to read, as the files that people have: a Hugging Face folder and a GGUF file, of the same
 * weights. Tests change it before they write it.
 */
final class SmallCheckpoint {
    record Tensor(float[] values, long... shape) {}

    static final int HIDDEN = 24;
    static final int HEADS = 3;
    static final int HEAD_DIM = 8;
    static final int FFN = 40;
    static final int VOCABULARY = 30;
    private static final int F32 = 0;

    final Architecture architecture;
    /** {@code config.json}: keys and values as JSON. */
    final Map<String, String> config = new LinkedHashMap<>();
    /** By their names in Hugging Face files. */
    final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private final Random random = new Random(21);

    SmallCheckpoint(Architecture architecture) {
        this.architecture = architecture;
        config.put("model_type", "\"" + architecture.id() + "\"");
        config.put("hidden_size", "" + HIDDEN);
        config.put("intermediate_size", "" + FFN);
        config.put("num_hidden_layers", "1");
        config.put("num_attention_heads", "" + HEADS);
        config.put("num_key_value_heads", "1");
        config.put("head_dim", "" + HEAD_DIM);
        config.put("vocab_size", "" + VOCABULARY);
        config.put("rms_norm_eps", "1e-5");
        config.put("rope_theta", "5000.0");
        config.put("max_position_embeddings", "64");
        config.put("hidden_act", "\"silu\"");
        config.put("tie_word_embeddings", "false");
        add("model.embed_tokens.weight", VOCABULARY, HIDDEN);
        add("model.norm.weight", HIDDEN);
        add("lm_head.weight", VOCABULARY, HIDDEN);
        String layer = "model.layers.0.";
        add(layer + "input_layernorm.weight", HIDDEN);
        add(layer + "post_attention_layernorm.weight", HIDDEN);
        addProjection(layer + "self_attn.q_proj", HEADS * HEAD_DIM);
        addProjection(layer + "self_attn.k_proj", HEAD_DIM);
        addProjection(layer + "self_attn.v_proj", HEAD_DIM);
        if (architecture.hasQueryKeyNorm()) {
            add(layer + "self_attn.q_norm.weight", HEAD_DIM);
            add(layer + "self_attn.k_norm.weight", HEAD_DIM);
        }
        add(layer + "self_attn.o_proj.weight", HIDDEN, HEADS * HEAD_DIM);
        add(layer + "mlp.gate_proj.weight", FFN, HIDDEN);
        add(layer + "mlp.up_proj.weight", FFN, HIDDEN);
        add(layer + "mlp.down_proj.weight", HIDDEN, FFN);
    }

    private void addProjection(String stem, int rows) {
        add(stem + ".weight", rows, HIDDEN);
        if (architecture.hasQueryKeyValueBias()) {
            add(stem + ".bias", rows);
        }
    }

    void add(String name, long... shape) {
        int size = 1;
        for (long dimension : shape) {
            size *= Math.toIntExact(dimension);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() * 0.3f;
        }
        tensors.put(name, new Tensor(values, shape));
    }

    Tensor tensor(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    Path writeFolder(Path folder) throws IOException {
        Files.createDirectories(folder);
        SafetensorsWriter file = new SafetensorsWriter();
        tensors.forEach((name, tensor) -> file.tensor(name, "F32", bytes(tensor.values), tensor.shape));
        Files.write(folder.resolve("model.safetensors"), file.toBytes());
        StringBuilder json = new StringBuilder();
        config.forEach((key, value) -> json.append(json.isEmpty() ? "{" : ",")
                .append("\"" + key + "\":")
                .append(value));
        Files.writeString(folder.resolve("config.json"), json + "}");
        return folder;
    }

    /** As llama.cpp's converter would write it. */
    GgufWriter toGguf() {
        String prefix = architecture.id() + ".";
        GgufWriter file = new GgufWriter()
                .string("general.architecture", architecture.id())
                .u32(prefix + "context_length", 64)
                .u32(prefix + "embedding_length", HIDDEN)
                .u32(prefix + "block_count", 1)
                .u32(prefix + "feed_forward_length", FFN)
                .u32(prefix + "attention.head_count", HEADS)
                .u32(prefix + "attention.head_count_kv", 1)
                .u32(prefix + "attention.key_length", HEAD_DIM)
                .u32(prefix + "vocab_size", VOCABULARY)
                .f32(prefix + "rope.freq_base", 5000)
                .f32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f);
        tensors.forEach((name, tensor) -> {
            boolean turned = name.endsWith("q_proj.weight") || name.endsWith("k_proj.weight");
            float[] values = turned && architecture == Architecture.LLAMA ? interleaved(tensor) : tensor.values;
            file.tensor(ggufName(name), F32, bytes(values), tensor.shape);
        });
        return file;
    }

    /** Rows i and i + headDim / 2 of a head side by side. */
    private static float[] interleaved(Tensor tensor) {
        float[] out = new float[tensor.values.length];
        int half = HEAD_DIM / 2;
        for (int row = 0; row < tensor.shape[0]; row++) {
            int inHead = row % HEAD_DIM;
            int to = row - inHead + 2 * (inHead % half) + inHead / half;
            System.arraycopy(tensor.values, row * HIDDEN, out, to * HIDDEN, HIDDEN);
        }
        return out;
    }

    private static String ggufName(String name) {
        return name.replace("model.embed_tokens", "token_embd")
                .replace("model.norm", "output_norm")
                .replace("lm_head", "output")
                .replace("model.layers", "blk")
                .replace("input_layernorm", "attn_norm")
                .replace("post_attention_layernorm", "ffn_norm")
                .replace("self_attn.o_proj", "attn_output")
                .replace("self_attn.", "attn_")
                .replace("mlp.", "ffn_")
                .replace("_proj", "");
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }
}
