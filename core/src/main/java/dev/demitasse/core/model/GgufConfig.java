package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufMetadata;
import dev.demitasse.core.format.GgufOutput;

/** Reads a {@link DecoderConfig} from the metadata of a GGUF file; key names as in ggml's {@code docs/gguf.md}. */
final class GgufConfig {
    private static final double DEFAULT_THETA = 10_000;
    private static final String TOKENS = "tokenizer.ggml.tokens";

    private final Gguf gguf;
    private final GgufMetadata metadata;
    private final ConfigChecks checks;
    private final Architecture architecture;

    private GgufConfig(Gguf gguf) {
        this.gguf = gguf;
        this.metadata = gguf.metadata();
        this.checks = new ConfigChecks(gguf.path());
        String key = "general.architecture";
        this.architecture = checks.architecture(key, metadata.string(key));
    }

    /** @throws FileFormatException if a key is missing, of the wrong type, out of range or not supported */
    static DecoderConfig read(Gguf gguf) {
        return new GgufConfig(gguf).read();
    }

    /** Writes what {@link #read} reads, as llama.cpp's converter does. */
    static void write(DecoderConfig config, GgufOutput out) {
        String prefix = config.architecture().id() + ".";
        out.text("general.architecture", config.architecture().id())
                .integer(prefix + "block_count", config.layers())
                .integer(prefix + "vocab_size", config.vocabularySize())
                .integer(prefix + "context_length", config.contextLength())
                .integer(prefix + "embedding_length", config.hiddenSize())
                .integer(prefix + "feed_forward_length", config.intermediateSize())
                .integer(prefix + "attention.head_count", config.heads())
                .integer(prefix + "attention.head_count_kv", config.kvHeads())
                .integer(prefix + "attention.key_length", config.headDim())
                .integer(prefix + "attention.value_length", config.headDim())
                .real(prefix + "attention.layer_norm_rms_epsilon", config.rmsNormEps())
                .real(prefix + "rope.freq_base", config.ropeTheta());
    }

    private DecoderConfig read() {
        refuseUnsupported();
        int layers = size("block_count", ConfigChecks.MAX_LAYERS);
        int hidden = size("embedding_length", ConfigChecks.MAX_WIDTH);
        int heads = size("attention.head_count", ConfigChecks.MAX_HEADS);
        int kvHeads = checks.size(
                key("attention.head_count_kv"),
                metadata.integer(key("attention.head_count_kv"), heads),
                ConfigChecks.MAX_HEADS);
        checks.quotient(key("attention.head_count"), heads, key("attention.head_count_kv"), kvHeads);
        String epsKey = key("attention.layer_norm_rms_epsilon");
        String thetaKey = key("rope.freq_base");
        return new DecoderConfig(
                architecture,
                layers,
                hidden,
                size("feed_forward_length", ConfigChecks.MAX_WIDTH),
                heads,
                kvHeads,
                headDim(hidden, heads),
                vocabularySize(),
                size("context_length", ConfigChecks.MAX_CONTEXT),
                checks.positive(thetaKey, metadata.real(thetaKey, DEFAULT_THETA), 1e12),
                checks.positive(epsKey, metadata.real(epsKey), 1),
                !gguf.tensors().containsKey(TensorNames.GGUF.head()));
    }

    private String key(String suffix) {
        return architecture.id() + "." + suffix;
    }

    private int size(String suffix, int max) {
        return checks.size(key(suffix), metadata.integer(key(suffix)), max);
    }

    private int headDim(int hidden, int heads) {
        String key = key("attention.key_length");
        int headDim = metadata.has(key)
                ? checks.size(key, metadata.integer(key), ConfigChecks.MAX_WIDTH)
                : checks.quotient(key("embedding_length"), hidden, key("attention.head_count"), heads);
        mustEqual(key("attention.value_length"), headDim);
        mustEqual(key("rope.dimension_count"), headDim);
        return checks.headDim(key, headDim, heads);
    }

    private void mustEqual(String key, int expected) {
        long value = metadata.integer(key, expected);
        if (value != expected) {
            throw checks.unsupported(key, Long.toString(value), expected + ", the width of a head");
        }
    }

    private int vocabularySize() {
        String key = key("vocab_size");
        long tokens = metadata.has(TOKENS) ? metadata.strings(TOKENS).size() : metadata.integer(key);
        long vocabulary = metadata.integer(key, tokens);
        if (vocabulary != tokens) {
            throw new FileFormatException(
                    Kind.LENGTH_MISMATCH,
                    gguf.path(),
                    "key " + key,
                    Long.toString(vocabulary),
                    tokens + ", the length of " + TOKENS,
                    "Convert the model again with a current converter.");
        }
        return checks.size(key, vocabulary, ConfigChecks.MAX_VOCABULARY);
    }

    private void refuseUnsupported() {
        String scaling = metadata.findString(key("rope.scaling.type"));
        if (scaling != null && !scaling.equals("none")) {
            throw checks.unsupported(key("rope.scaling.type"), "\"" + scaling + "\"", "no rope scaling");
        }
        refuseScale("rope.scaling.factor");
        refuseScale("rope.scale_linear");
        refuseCount("attention.sliding_window", "no sliding window");
        refuseCount("expert_count", "no experts");
        if (!metadata.bool(key("attention.causal"), true)) {
            throw checks.unsupported(key("attention.causal"), "false", "causal attention");
        }
    }

    private void refuseScale(String suffix) {
        double factor = metadata.real(key(suffix), 1);
        // 0 stands for "not set" in files of some converters.
        if (factor != 1 && factor != 0) {
            throw checks.unsupported(key(suffix), Double.toString(factor), "no rope scaling");
        }
    }

    private void refuseCount(String suffix, String expected) {
        long count = metadata.integer(key(suffix), 0);
        if (count != 0) {
            throw checks.unsupported(key(suffix), Long.toString(count), expected);
        }
    }
}
