package dev.demitasse.examples.server;

import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.ToolCall;
import dev.demitasse.chat.Usage;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The shapes of OpenAI's responses and of the items in their output. */
final class ResponsesJson {
    static final String IN_PROGRESS = "in_progress";
    static final String COMPLETED = "completed";
    static final String INCOMPLETE = "incomplete";

    /** What a response repeats of its request, and what it says where that says nothing. */
    private static final List<Map.Entry<String, String>> ECHOED = List.of(
            Map.entry("instructions", "null"),
            Map.entry("max_output_tokens", "null"),
            Map.entry("metadata", "{}"),
            Map.entry("parallel_tool_calls", "true"),
            Map.entry("reasoning", "{\"effort\":null,\"summary\":null}"),
            Map.entry("temperature", "null"),
            Map.entry("text", "{\"format\":{\"type\":\"text\"}}"),
            Map.entry("tool_choice", "\"auto\""),
            Map.entry("tools", "[]"),
            Map.entry("top_p", "null"),
            Map.entry("user", "null"));

    private final String id = newId("resp_");
    private final long createdAt = Instant.now().getEpochSecond();
    private final String model;
    private final ObjectNode request;

    ResponsesJson(ServedModel served, ObjectNode request) {
        this.model = served.id();
        this.request = request;
    }

    static String newId(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }

    /** A response that is being written. */
    Map<String, @Nullable Object> begun() {
        return response(IN_PROGRESS, List.of(), null);
    }

    /** A response that has ended. */
    Map<String, @Nullable Object> ended(Reply reply, List<Map<String, Object>> output) {
        return response(status(reply), output, usage(reply.usage()));
    }

    /** Whether the reply came to its end, or to a limit. */
    static String status(Reply reply) {
        boolean cut = reply.finish() == Finish.LENGTH || reply.finish() == Finish.CONTEXT_FULL;
        return cut ? INCOMPLETE : COMPLETED;
    }

    private Map<String, @Nullable Object> response(
            String status, List<Map<String, Object>> output, @Nullable Map<String, Object> usage) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("id", id);
        fields.put("object", "response");
        fields.put("created_at", createdAt);
        fields.put("status", status);
        fields.put("error", null);
        fields.put("incomplete_details", status.equals(INCOMPLETE) ? Map.of("reason", "max_output_tokens") : null);
        fields.put("model", model);
        fields.put("output", output);
        for (Map.Entry<String, String> echoed : ECHOED) {
            JsonNode value = request.get(echoed.getKey());
            boolean said = value != null && !value.isNull();
            fields.put(echoed.getKey(), said ? value : Json.readOrNull(echoed.getValue()));
        }
        fields.put("previous_response_id", null);
        fields.put("store", false);
        fields.put("truncation", "disabled");
        fields.put("usage", usage);
        return fields;
    }

    private static Map<String, Object> usage(Usage usage) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("input_tokens", usage.promptTokens());
        fields.put("input_tokens_details", Map.of("cached_tokens", usage.cachedTokens()));
        fields.put("output_tokens", usage.completionTokens());
        // They are among the output; how many they are is not counted apart.
        fields.put("output_tokens_details", Map.of("reasoning_tokens", 0));
        fields.put("total_tokens", usage.promptTokens() + usage.completionTokens());
        return fields;
    }

    static Map<String, Object> reasoning(String id, String status, List<Map<String, Object>> content) {
        Map<String, Object> item = item(id, "reasoning", status);
        item.put("summary", List.of());
        item.put("content", content);
        return item;
    }

    static Map<String, Object> message(String id, String status, List<Map<String, Object>> content) {
        Map<String, Object> item = item(id, "message", status);
        item.put("role", "assistant");
        item.put("content", content);
        return item;
    }

    static Map<String, Object> call(String id, String status, ToolCall call, String arguments) {
        Map<String, Object> item = item(id, "function_call", status);
        item.put("call_id", String.valueOf(call.id()));
        item.put("name", call.name());
        item.put("arguments", arguments);
        return item;
    }

    private static Map<String, Object> item(String id, String type, String status) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("id", id);
        item.put("type", type);
        item.put("status", status);
        return item;
    }

    static Map<String, Object> reasoningText(String text) {
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("type", "reasoning_text");
        part.put("text", text);
        return part;
    }

    static Map<String, Object> outputText(String text, List<ChatCompletionJson.TokenEntry> logprobs) {
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("type", "output_text");
        part.put("text", text);
        part.put("annotations", List.of());
        part.put("logprobs", logprobs);
        return part;
    }
}
