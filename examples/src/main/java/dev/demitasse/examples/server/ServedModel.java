package dev.demitasse.examples.server;

import dev.demitasse.chat.ModelInfo;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The model as clients see it.
 *
 * @param id its name, in a form that fits a URL
 * @param fingerprint changes with whatever could change a seeded reply: weights, kernels, precision, version
 * @param loaded seconds since 1970
 */
record ServedModel(String id, String fingerprint, long loaded, int contextSize) {
    /** What {@code /v1/models} answers. */
    record Listing(String object, List<Map<String, Object>> data) {}

    static ServedModel of(ModelInfo info) {
        String id = info.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]+", "-");
        String computed = info.kernels() + info.precision() + info.kvType() + info.weightBytes() + info.parameters();
        return new ServedModel(
                id,
                "fp_" + Integer.toHexString(computed.hashCode()),
                Instant.now().getEpochSecond(),
                info.contextSize());
    }

    /** An entry of {@code /v1/models}. */
    Map<String, Object> toJson() {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("id", id);
        entry.put("object", "model");
        entry.put("created", loaded);
        entry.put("owned_by", "demitasse");
        entry.put("max_model_len", contextSize);
        return entry;
    }
}
