package dev.demitasse.chat;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Options of a session as JSON values, and back. */
final class SavedOptions {
    /** Code of the application, which a file cannot hold: it is given again when the session is restored. */
    static final Set<String> NOT_SAVED = Set.of("sampler");

    private SavedOptions() {}

    static Map<String, @Nullable Object> toJson(ChatOptions options) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        options.named().forEach((name, value) -> {
            if (!NOT_SAVED.contains(name)) {
                json.put(name, toJson(value));
            }
        });
        return json;
    }

    private static @Nullable Object toJson(@Nullable Object value) {
        return switch (value) {
            case Duration duration -> duration.toString();
            case OutputGrammar output -> output.source();
            case null, default -> value;
        };
    }

    /** @throws RuntimeException if these are no options that {@link #toJson} wrote */
    static ChatOptions fromJson(Map<String, @Nullable Object> json) {
        ChatOptions.Builder options = ChatOptions.builder();
        json.forEach((name, value) -> set(options, name, value));
        return options.build();
    }

    private static void set(ChatOptions.Builder options, String name, @Nullable Object value) {
        var _ = switch (name) {
            // In the order of names, so that a temperature of 0 comes after greedy and undoes it, as it did.
            case "greedy" -> Boolean.TRUE.equals(value) ? options.greedy() : options;
            case "maxTokens" -> options.maxTokens(number(value).intValue());
            case "temperature" -> options.temperature(number(value).doubleValue());
            case "topK" -> options.topK(number(value).intValue());
            case "topP" -> options.topP(number(value).doubleValue());
            case "minP" -> options.minP(number(value).doubleValue());
            case "typicalP" -> options.typicalP(number(value).doubleValue());
            case "repetitionPenalty" -> options.repetitionPenalty(number(value).doubleValue());
            case "presencePenalty" -> options.presencePenalty(number(value).doubleValue());
            case "frequencyPenalty" -> options.frequencyPenalty(number(value).doubleValue());
            case "seed" -> options.seed(number(value).longValue());
            case "stop" ->
                options.stop(((List<?>) required(value))
                        .stream().map(String.class::cast).toList());
            case "logitBias" -> options.logitBias(bias(JsonValues.asObject(required(value))));
            case "logprobs" -> options.logprobs(number(value).intValue());
            case "promptLookup" -> options.promptLookup(number(value).intValue());
            case "timeout" -> options.timeout(Duration.parse((String) required(value)));
            case "jsonSchema" -> options.jsonSchema((String) required(value));
            case "grammar" -> options.grammar((String) required(value));
            default -> throw new IllegalArgumentException("there is no option " + name);
        };
    }

    private static Map<Integer, Float> bias(Map<String, @Nullable Object> json) {
        Map<Integer, Float> bias = new HashMap<>();
        json.forEach(
                (token, value) -> bias.put(Integer.valueOf(token), number(value).floatValue()));
        return bias;
    }

    private static Number number(@Nullable Object value) {
        return (Number) required(value);
    }

    private static Object required(@Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("an option is null");
        }
        return value;
    }
}
