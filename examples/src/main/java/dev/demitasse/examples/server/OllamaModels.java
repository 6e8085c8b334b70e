package dev.demitasse.examples.server;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The one model, and what it can do, in the words of Ollama's interface. */
final class OllamaModels {
    /** Of Ollama, whose programs look for it before they use what came with a version: tools, schemas, reasoning. */
    private static final String INTERFACE_VERSION = "0.9.0";

    private final LanguageModel model;
    private final ServedModel served;

    OllamaModels(LanguageModel model, ServedModel served) {
        this.model = model;
        this.served = served;
    }

    /** {@code GET /api/version}. */
    void version(Exchange exchange) {
        exchange.respondJson(200, Map.of("version", INTERFACE_VERSION));
    }

    /** {@code GET /api/tags}: the models there are. */
    void tags(Exchange exchange) {
        Map<String, Object> entry = entry();
        entry.put("modified_at", loadedAt());
        exchange.respondJson(200, Map.of("models", List.of(entry)));
    }

    /** {@code GET /api/ps}: the models in memory. */
    void running(Exchange exchange) {
        Map<String, Object> entry = entry();
        // It stays.
        entry.put("expires_at", Instant.now().plus(Duration.ofDays(365)).toString());
        entry.put("size_vram", 0);
        entry.put("context_length", model.contextSize());
        exchange.respondJson(200, Map.of("models", List.of(entry)));
    }

    /** {@code POST /api/show}: all about a model, whichever is named. */
    void show(Exchange exchange) {
        ModelInfo info = model.info();
        String family = info.architecture();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("general.architecture", family);
        facts.put("general.basename", info.name());
        facts.put("general.parameter_count", info.parameters());
        facts.put(family + ".context_length", info.contextSize());
        facts.put(family + ".embedding_length", info.hiddenSize());
        facts.put(family + ".feed_forward_length", info.intermediateSize());
        facts.put(family + ".block_count", info.layers());
        facts.put(family + ".attention.head_count", info.heads());
        facts.put(family + ".attention.head_count_kv", info.kvHeads());
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("license", info.licence() == null ? "" : info.licence());
        shown.put("modelfile", "");
        shown.put("parameters", "");
        shown.put("template", "");
        shown.put("details", details());
        shown.put("model_info", facts);
        shown.put("capabilities", capabilities());
        shown.put("modified_at", loadedAt());
        exchange.respondJson(200, shown);
    }

    private List<String> capabilities() {
        List<String> capabilities = new ArrayList<>(List.of("completion"));
        if (model.tokenizer().tokenId("<tool_call>").isPresent()) {
            capabilities.add("tools");
        }
        if (model.tokenizer().tokenId("<think>").isPresent()) {
            capabilities.add("thinking");
        }
        return capabilities;
    }

    private String loadedAt() {
        return Instant.ofEpochSecond(served.loaded()).toString();
    }

    private Map<String, Object> entry() {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", served.id());
        entry.put("model", served.id());
        entry.put(
                "size",
                model.info().weightBytes().values().stream()
                        .mapToLong(Long::longValue)
                        .sum());
        entry.put("digest", "");
        entry.put("details", details());
        return entry;
    }

    private Map<String, Object> details() {
        ModelInfo info = model.info();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("parent_model", "");
        details.put("format", "gguf");
        details.put("family", info.architecture());
        details.put("families", List.of(info.architecture()));
        details.put("parameter_size", String.format(Locale.ROOT, "%.1fM", info.parameters() / 1e6));
        details.put(
                "quantization_level",
                info.weightBytes().keySet().stream().findFirst().orElse(""));
        return details;
    }
}
