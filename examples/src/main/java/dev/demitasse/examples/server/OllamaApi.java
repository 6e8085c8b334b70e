package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.Event;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelInfo;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TemplateInput;
import dev.demitasse.chat.ToolCall;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * As much of Ollama's interface as chat programs need that speak no other: {@code POST /api/chat}, which streams lines of
 * JSON unless told not to, and {@code GET /api/tags}, the list of models.
 */
final class OllamaApi {
    private final LanguageModel model;
    private final ServedModel served;
    private final Replies replies;

    OllamaApi(LanguageModel model, ServedModel served, Replies replies) {
        this.model = model;
        this.served = served;
        this.replies = replies;
    }

    void tags(Exchange exchange) {
        ModelInfo info = model.info();
        String quantisation = info.weightBytes().keySet().iterator().next();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("format", "gguf");
        details.put("family", info.architecture());
        details.put("families", List.of(info.architecture()));
        details.put("parameter_size", String.format(Locale.ROOT, "%.1fM", info.parameters() / 1e6));
        details.put("quantization_level", quantisation);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", served.id());
        entry.put("model", served.id());
        entry.put("modified_at", Instant.ofEpochSecond(served.loaded()).toString());
        entry.put(
                "size",
                info.weightBytes().values().stream().mapToLong(Long::longValue).sum());
        entry.put("digest", "");
        entry.put("details", details);
        exchange.respondJson(200, Map.of("models", List.of(entry)));
    }

    void chat(Exchange exchange) throws InterruptedException {
        Fields fields = new Fields(Json.readObject(exchange.body()), "");
        try (Admission.Places _ = replies.enter(1, exchange)) {
            Generation generation = model.send(request(fields, exchange));
            if (fields.flag("stream", true)) {
                stream(generation, exchange);
            } else {
                Reply reply = replies.await(List.of(generation), exchange).getFirst();
                exchange.respondJson(200, end(reply, reply.text()));
            }
        }
    }

    private ChatRequest request(Fields fields, Exchange exchange) {
        ChatOptions.Builder options = options(fields.object("options")).timeout(exchange.timeLeft());
        format(fields, options);
        ChatRequest.Builder request = ChatRequest.builder()
                .messages(MessagesReader.read(fields))
                .options(options.build())
                .tools(ToolsReader.tools(fields));
        if (fields.has("think")) {
            request.thinking(fields.flag("think") ? TemplateInput.Thinking.ON : TemplateInput.Thinking.OFF);
        }
        return request.build();
    }

    /** The field {@code format}: the word json, or a schema. */
    private static void format(Fields fields, ChatOptions.Builder options) {
        JsonNode format = fields.value("format");
        if (format instanceof ObjectNode schema) {
            ResponseFormat.setSchema(options, schema.toString(), "format");
        } else if (format != null && format.isString() && format.stringValue().equals("json")) {
            ResponseFormat.setSchema(options, ResponseFormat.ANY_OBJECT, "format");
        } else if (!fields.isEmpty("format")) {
            throw ApiException.badField("format", "expected \"json\" or a JSON schema");
        }
    }

    private static ChatOptions.Builder options(@Nullable Fields fields) {
        ChatOptions.Builder options = ChatOptions.builder();
        if (fields != null) {
            SamplingFields.set(fields, options);
            SamplingFields.setRepetitionPenalty(fields, "repeat_penalty", options);
            Fields.ifPresent(SamplingFields.seed(fields), options::seed);
            Integer limit = fields.integer("num_predict", -2, Integer.MAX_VALUE);
            // Below 1: as many as there is room for.
            Fields.ifPresent(limit, most -> options.maxTokens(most < 1 ? Integer.MAX_VALUE : most));
        }
        return options;
    }

    private void stream(Generation generation, Exchange exchange) throws InterruptedException {
        EventStream lines = EventStream.lines(exchange);
        generation.onEvent(event -> {
            if (event instanceof Event.Text(String text)) {
                lines.send(line(text, List.of()));
            }
        });
        lines.sendAll(() ->
                lines.send(end(replies.await(List.of(generation), exchange).getFirst(), "")));
    }

    private Map<String, Object> line(String text, List<ToolCall> calls) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("model", served.id());
        line.put("created_at", Instant.now().truncatedTo(ChronoUnit.MICROS).toString());
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", text);
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls.stream().map(OllamaApi::toolCall).toList());
        }
        line.put("message", message);
        line.put("done", false);
        return line;
    }

    private static Map<String, Object> toolCall(ToolCall call) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", call.arguments());
        return Map.of("function", function);
    }

    private Map<String, Object> end(Reply reply, String text) {
        Map<String, Object> line = line(text, reply.toolCalls());
        boolean cut = reply.finish() == Finish.LENGTH || reply.finish() == Finish.CONTEXT_FULL;
        line.put("done", true);
        line.put("done_reason", cut ? "length" : "stop");
        line.put("prompt_eval_count", reply.usage().promptTokens());
        line.put("prompt_eval_duration", reply.timings().firstToken().toNanos());
        line.put("eval_count", reply.usage().completionTokens());
        line.put("eval_duration", nanos(reply));
        line.put("total_duration", reply.timings().firstToken().toNanos() + nanos(reply));
        return line;
    }

    /** From the first token to the last. */
    private static long nanos(Reply reply) {
        double rate = reply.timings().decodeTokensPerSecond();
        return rate == 0 ? 0 : Math.round((reply.usage().completionTokens() - 1) * 1e9 / rate);
    }
}
