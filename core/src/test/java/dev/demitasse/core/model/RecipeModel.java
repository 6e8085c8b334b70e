package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.PreparedMatrix;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Weights by the formula in the README of the conformance pack: real sizes without files. */
final class RecipeModel {
    private final TestJson recipe;
    private final Kernels kernels;

    private RecipeModel(TestJson recipe, Kernels kernels) {
        this.recipe = recipe;
        this.kernels = kernels;
    }

    static DecoderConfig config(TestJson recipe) {
        TestJson config = recipe.object("config");
        int hidden = config.integer("hidden_size");
        int heads = config.integer("num_attention_heads");
        return new DecoderConfig(
                Architecture.valueOf(config.string("model_type").toUpperCase(Locale.ROOT)),
                config.integer("num_hidden_layers"),
                hidden,
                config.integer("intermediate_size"),
                heads,
                config.integer("num_key_value_heads"),
                hidden / heads,
                config.integer("vocab_size"),
                64,
                (float) config.real("rope_theta"),
                (float) config.real("rms_norm_eps"),
                config.bool("tie_word_embeddings"));
    }

    static DecoderWeights weights(TestJson recipe, Kernels kernels) {
        return new RecipeModel(recipe, kernels).weights();
    }

    private DecoderWeights weights() {
        PreparedMatrix embedding = matrix("model.embed_tokens.weight");
        List<DecoderWeights.Layer> layers = new ArrayList<>();
        for (int i = 0; i < config(recipe).layers(); i++) {
            layers.add(layer("model.layers." + i + "."));
        }
        PreparedMatrix head = config(recipe).tied() ? embedding : matrix("lm_head.weight");
        return new DecoderWeights(embedding, layers, vector("model.norm.weight"), head);
    }

    private DecoderWeights.Layer layer(String prefix) {
        String attention = prefix + "self_attn.";
        return new DecoderWeights.Layer(
                vector(prefix + "input_layernorm.weight"),
                matrix(attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight"),
                vector(attention + "q_proj.bias", attention + "k_proj.bias", attention + "v_proj.bias"),
                new float[0],
                new float[0],
                matrix(attention + "o_proj.weight"),
                vector(prefix + "post_attention_layernorm.weight"),
                matrix(prefix + "mlp.gate_proj.weight", prefix + "mlp.up_proj.weight"),
                matrix(prefix + "mlp.down_proj.weight"));
    }

    private PreparedMatrix matrix(String... names) {
        try (Arena arena = Arena.ofShared()) {
            List<Matrix> stacked = new ArrayList<>();
            for (String name : names) {
                int[] shape = recipe.object("tensors").object(name).integers("shape");
                MemorySegment data = arena.allocate((long) shape[0] * shape[1] * Short.BYTES, 64);
                generate(name, (long) shape[0] * shape[1], data);
                stacked.add(new Matrix(name, shape[0], shape[1], DType.BF16, data));
            }
            return kernels.prepare(stacked);
        }
    }

    private float[] vector(String... names) {
        List<Float> all = new ArrayList<>();
        for (String name : names) {
            int size = recipe.object("tensors").object(name).integers("shape")[0];
            MemorySegment data = MemorySegment.ofArray(new short[size]);
            generate(name, size, data);
            for (int i = 0; i < size; i++) {
                all.add(bf16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT, i)));
            }
        }
        float[] vector = new float[all.size()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = all.get(i);
        }
        return vector;
    }

    private void generate(String name, long count, MemorySegment out) {
        TestJson tensor = recipe.object("tensors").object(name);
        float base = (float) tensor.real("base");
        float scale = (float) tensor.real("scale");
        long seed = fnv1a64(name) ^ recipe.longInteger("seed");
        for (long i = 0; i < count; i++) {
            out.setAtIndex(ValueLayout.JAVA_SHORT, i, floatToBf16(base + scale * uniform(seed, i)));
        }
        float[] first = tensor.floats("first");
        for (int i = 0; i < first.length; i++) {
            assertThat(bf16ToFloat(out.getAtIndex(ValueLayout.JAVA_SHORT, i)))
                    .as(name)
                    .isEqualTo(first[i]);
        }
    }

    private static float uniform(long seed, long i) {
        long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (float) (z >>> 40) * 0x1p-23f - 1;
    }

    private static long fnv1a64(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    private static short floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
