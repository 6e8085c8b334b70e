package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter's file says about itself: PEFT's {@code adapter_config.json}, or the {@code adapter.*} keys of GGUF.
 * What is unknown is refused by name, since it could change what the adapter computes.
 *
 * @param alpha what the product of the factors is multiplied by, over the rank
 * @param rankStabilised over the square root of the rank instead (rsLoRA, Kalajdzievski, 2023)
 */
record LoraSettings(double alpha, boolean rankStabilised) {
    /** Keys of PEFT that say how the adapter was made, not what it computes. */
    private static final Set<String> DESCRIPTIVE = Set.of(
            "auto_mapping",
            "base_model_name_or_path",
            "corda_config",
            "ensure_weight_tying",
            "eva_config",
            "exclude_modules",
            "inference_mode",
            "layers_pattern",
            "layers_to_transform",
            "loftq_config",
            "lora_dropout",
            "megatron_config",
            "megatron_core",
            "peft_version",
            "qalora_group_size",
            "revision",
            "runtime_config",
            "target_modules",
            "task_type");

    private static final Set<String> READ = Set.of("peft_type", "r", "lora_alpha", "use_rslora", "init_lora_weights");

    /** Beginnings that leave the model's own weights as they were. */
    private static final Set<String> PLAIN_BEGINNINGS =
            Set.of("true", "false", "\"gaussian\"", "\"eva\"", "\"orthogonal\"");

    private static final Set<String> GGUF_KEYS =
            Set.of("adapter.type", "adapter.lora.alpha", "adapter.lora.task_name", "adapter.lora.prompt_prefix");

    private static final String MERGE = "Merge it into the model with PEFT, or train a plain LoRA adapter.";

    static LoraSettings ofPeft(Path file) {
        JsonObject json = JsonObject.read(file);
        require(json.string("peft_type").equals("LORA"), file, "peft_type", json.shown("peft_type"), "\"LORA\"");
        for (String key : json.keys()) {
            if (!DESCRIPTIVE.contains(key) && !READ.contains(key)) {
                require(isOff(json, key), file, key, json.shown(key), "an adapter without it");
            }
        }
        if (json.has("init_lora_weights")) {
            String beginning = json.shown("init_lora_weights");
            require(
                    PLAIN_BEGINNINGS.contains(beginning),
                    file,
                    "init_lora_weights",
                    beginning,
                    "one of " + PLAIN_BEGINNINGS + ", which leave the model's weights as they were");
        }
        return new LoraSettings(finite(file, "lora_alpha", json.real("lora_alpha")), json.bool("use_rslora", false));
    }

    private static boolean isOff(JsonObject json, String key) {
        return !json.has(key) || Set.of("false", "{}", "[]", "\"none\"").contains(json.shown(key));
    }

    /** @throws FileFormatException if it is no LoRA adapter, or one for another architecture */
    static LoraSettings ofGguf(Gguf gguf, DecoderConfig config) {
        GgufMetadata metadata = gguf.metadata();
        Path file = gguf.path();
        String type = metadata.findString("general.type");
        require("adapter".equals(type), file, "general.type", quoted(type), "\"adapter\"");
        String kind = metadata.findString("adapter.type");
        require("lora".equals(kind), file, "adapter.type", quoted(kind), "\"lora\"");
        String architecture = metadata.string("general.architecture");
        require(
                architecture.equals(config.architecture().id()),
                file,
                "general.architecture",
                quoted(architecture),
                quoted(config.architecture().id()) + ", as the model's");
        for (String key : metadata.keys()) {
            require(
                    !key.startsWith("adapter.") || GGUF_KEYS.contains(key),
                    file,
                    key,
                    "a key that this library does not know",
                    "one of " + List.copyOf(GGUF_KEYS));
        }
        return new LoraSettings(finite(file, "adapter.lora.alpha", metadata.real("adapter.lora.alpha")), false);
    }

    private static String quoted(@Nullable String text) {
        return text == null ? "no such key" : "\"" + text + "\"";
    }

    private static double finite(Path file, String key, double value) {
        if (!Double.isFinite(value)) {
            throw new FileFormatException(
                    Kind.BAD_VALUE, file, "key " + key, Double.toString(value), "a finite number", "");
        }
        return value;
    }

    private static void require(boolean good, Path file, String key, String found, String expected) {
        if (!good) {
            throw new FileFormatException(Kind.UNSUPPORTED, file, "key " + key, found, expected, MERGE);
        }
    }

    /** What the product of factors of this rank is multiplied by. */
    float scale(int rank) {
        return (float) (alpha / (rankStabilised ? Math.sqrt(rank) : rank));
    }
}
