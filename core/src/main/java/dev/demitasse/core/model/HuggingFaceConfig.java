package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import java.nio.file.Path;

/**
 * Reads a {@link DecoderConfig} from the {@code config.json} of Hugging Face transformers. Where a key may be absent,
 * the value is the default of the reference implementation's configuration class.
 */
final class HuggingFaceConfig {
    private static final double DEFAULT_THETA = 10_000;
    private static final double DEFAULT_EPS = 1e-6;
    private static final int DEFAULT_QWEN3_HEAD_DIM = 128;
    private static final int DEFAULT_QWEN_CONTEXT = 32768;
    private static final int DEFAULT_LLAMA_CONTEXT = 2048;

    private final JsonObject json;
    private final ConfigChecks checks;
    private final Architecture architecture;

    private HuggingFaceConfig(Path file) {
        this.json = JsonObject.read(file);
        this.checks = new ConfigChecks(file);
        this.architecture = checks.architecture("model_type", json.string("model_type"));
    }

    /** @throws FileFormatException if a key is missing, of the wrong type, out of range or not supported */
    static DecoderConfig read(Path file) {
        return new HuggingFaceConfig(file).read();
    }

    private DecoderConfig read() {
        refuseUnsupported();
        int hidden = size("hidden_size", ConfigChecks.MAX_WIDTH);
        int heads = size("num_attention_heads", ConfigChecks.MAX_HEADS);
        int kvHeads =
                json.mentions("num_key_value_heads") ? size("num_key_value_heads", ConfigChecks.MAX_HEADS) : heads;
        checks.quotient("num_attention_heads", heads, "num_key_value_heads", kvHeads);
        return new DecoderConfig(
                architecture,
                size("num_hidden_layers", ConfigChecks.MAX_LAYERS),
                hidden,
                size("intermediate_size", ConfigChecks.MAX_WIDTH),
                heads,
                kvHeads,
                headDim(hidden, heads),
                size("vocab_size", ConfigChecks.MAX_VOCABULARY),
                contextLength(),
                ropeTheta(),
                checks.positive(
                        "rms_norm_eps", json.mentions("rms_norm_eps") ? json.real("rms_norm_eps") : DEFAULT_EPS, 1),
                json.bool("tie_word_embeddings", false));
    }

    private int size(String key, int max) {
        return checks.size(key, json.integer(key), max);
    }

    private int headDim(int hidden, int heads) {
        int headDim;
        if (json.has("head_dim")) {
            headDim = size("head_dim", ConfigChecks.MAX_WIDTH);
        } else if (architecture == Architecture.QWEN3) {
            headDim = DEFAULT_QWEN3_HEAD_DIM;
        } else {
            headDim = checks.quotient("hidden_size", hidden, "num_attention_heads", heads);
        }
        return checks.headDim("head_dim", headDim, heads);
    }

    private int contextLength() {
        if (!json.has("max_position_embeddings")) {
            return architecture == Architecture.LLAMA ? DEFAULT_LLAMA_CONTEXT : DEFAULT_QWEN_CONTEXT;
        }
        return size("max_position_embeddings", ConfigChecks.MAX_CONTEXT);
    }

    /** In {@code rope_parameters} as transformers 5 writes it, else at the top level, which it reads too. */
    private float ropeTheta() {
        String key = "rope_theta";
        JsonObject parameters = json.has("rope_parameters") ? json.object("rope_parameters") : json;
        JsonObject place = parameters.has(key) ? parameters : json;
        return checks.positive(place.path(key), place.has(key) ? place.real(key) : DEFAULT_THETA, 1e12);
    }

    private void refuseUnsupported() {
        if (json.has("architectures") && !json.list("architectures").contains(architecture.className())) {
            throw checks.unsupported("architectures", json.shown("architectures"), architecture.className());
        }
        if (json.has("hidden_act") && !json.string("hidden_act").equals("silu")) {
            throw checks.unsupported("hidden_act", json.shown("hidden_act"), "\"silu\"");
        }
        refuseScaling("rope_scaling");
        refuseScaling("rope_parameters");
        refuseTrue("use_sliding_window", "full attention");
        refuseTrue("use_mrope", "plain rotary embedding");
        refuseTrue("attention_bias", "no such bias in a " + architecture.id() + " model");
        refuseTrue("mlp_bias", "no bias in the feed-forward block");
        refuseOther("partial_rotary_factor", 1);
        if (json.has("quantization_config")) {
            throw checks.unsupported(
                    "quantization_config", json.shown("quantization_config"), "weights in F32, F16 or BF16");
        }
        if (architecture == Architecture.LLAMA && json.has("sliding_window")) {
            throw checks.unsupported("sliding_window", json.shown("sliding_window"), "full attention");
        }
        if (json.has("layer_types") && !json.list("layer_types").stream().allMatch("full_attention"::equals)) {
            throw checks.unsupported("layer_types", json.shown("layer_types"), "full_attention in every layer");
        }
    }

    private void refuseScaling(String key) {
        if (!json.has(key)) {
            return;
        }
        JsonObject scaling = json.object(key);
        String typeKey = scaling.has("rope_type") ? "rope_type" : "type";
        boolean none = scaling.has(typeKey) && scaling.string(typeKey).equals("default");
        if (!none) {
            throw checks.unsupported(key, json.shown(key), "no rope scaling");
        }
    }

    private void refuseTrue(String key, String expected) {
        if (json.bool(key, false)) {
            throw checks.unsupported(key, "true", expected);
        }
    }

    private void refuseOther(String key, double only) {
        if (json.has(key) && json.real(key) != only) {
            throw checks.unsupported(key, json.shown(key), Double.toString(only));
        }
    }
}
