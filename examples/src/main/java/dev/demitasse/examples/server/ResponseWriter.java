package dev.demitasse.examples.server;

import dev.demitasse.chat.Event;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.chat.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a response of the events of one turn: items of reasoning, message and calls, each announced, written and closed. A
 * stream sends all these events, a whole response is what they come to.
 */
final class ResponseWriter {
    /** What an item is made of: its names in events and objects. */
    private enum Kind {
        REASONING("rs_", "response.reasoning_text"),
        MESSAGE("msg_", "response.output_text");

        private final String prefix;
        private final String event;

        Kind(String prefix, String event) {
            this.prefix = prefix;
            this.event = event;
        }
    }

    /** An item that is being written. */
    private static final class Open {
        private final Kind kind;
        private final String id;
        private final StringBuilder text = new StringBuilder();
        private final List<ChatCompletionJson.TokenEntry> logprobs = new ArrayList<>();

        Open(Kind kind) {
            this.kind = kind;
            this.id = ResponsesJson.newId(kind.prefix);
        }

        Map<String, Object> part() {
            return kind == Kind.MESSAGE
                    ? ResponsesJson.outputText(text.toString(), List.copyOf(logprobs))
                    : ResponsesJson.reasoningText(text.toString());
        }

        Map<String, Object> item(String status, List<Map<String, Object>> content) {
            return kind == Kind.MESSAGE
                    ? ResponsesJson.message(id, status, content)
                    : ResponsesJson.reasoning(id, status, content);
        }
    }

    private final ResponsesJson json;
    private final ReplyTokens tokens;
    private final Consumer<Map<String, Object>> sink;
    private final List<Map<String, Object>> output = new ArrayList<>();
    private final List<TokenLogprob> ofNextText = new ArrayList<>();
    private int sequence;
    private boolean started;
    private @Nullable Open open;

    /** @param sink takes the events of a stream */
    ResponseWriter(ResponsesJson json, ReplyTokens tokens, Consumer<Map<String, Object>> sink) {
        this.json = json;
        this.tokens = tokens;
        this.sink = sink;
    }

    void event(Event event) {
        switch (event) {
            case Event.Prefill _ -> start();
            case Event.Logprobs(List<TokenLogprob> logprobs) -> ofNextText.addAll(logprobs);
            case Event.Thinking(String text) -> write(Kind.REASONING, text);
            case Event.Text(String text) -> write(Kind.MESSAGE, text);
            default -> {}
        }
    }

    /** The turn ended; the result is the whole response. */
    Map<String, @Nullable Object> end(Reply reply) {
        start();
        String status = ResponsesJson.status(reply);
        boolean saysNothing =
                output.isEmpty() && open == null && reply.toolCalls().isEmpty();
        if (saysNothing) {
            open(Kind.MESSAGE);
        }
        close(status);
        for (ToolCall call : reply.toolCalls()) {
            writeCall(call);
        }
        Map<String, @Nullable Object> response = json.ended(reply, output);
        send("response." + status, "response", response);
        return response;
    }

    private void start() {
        if (!started) {
            started = true;
            send("response.created", "response", json.begun());
            send("response.in_progress", "response", json.begun());
        }
    }

    private void write(Kind kind, String text) {
        start();
        if (open != null && open.kind != kind) {
            close(ResponsesJson.COMPLETED);
        }
        Open item = open == null ? open(kind) : open;
        item.text.append(text);
        List<ChatCompletionJson.TokenEntry> logprobs =
                ChatCompletionJson.logprobs(tokens.ofText(ofNextText), tokens).content();
        ofNextText.clear();
        Map<String, Object> delta = textEvent(kind.event + ".delta", item);
        delta.put("delta", text);
        if (kind == Kind.MESSAGE) {
            item.logprobs.addAll(logprobs);
            delta.put("logprobs", logprobs);
        }
        sink.accept(delta);
    }

    private Open open(Kind kind) {
        Open item = new Open(kind);
        open = item;
        sendItem("response.output_item.added", item.item(ResponsesJson.IN_PROGRESS, List.of()));
        sendPart("response.content_part.added", item);
        return item;
    }

    private void close(String status) {
        Open item = open;
        if (item == null) {
            return;
        }
        open = null;
        Map<String, Object> done = textEvent(item.kind.event + ".done", item);
        done.put("text", item.text.toString());
        if (item.kind == Kind.MESSAGE) {
            done.put("logprobs", List.copyOf(item.logprobs));
        }
        sink.accept(done);
        sendPart("response.content_part.done", item);
        finish(item.item(status, List.of(item.part())));
    }

    private void writeCall(ToolCall call) {
        String id = ResponsesJson.newId("fc_");
        String arguments = call.argumentsJson();
        sendItem("response.output_item.added", ResponsesJson.call(id, ResponsesJson.IN_PROGRESS, call, ""));
        Map<String, Object> delta = itemEvent("response.function_call_arguments.delta", id);
        delta.put("delta", arguments);
        sink.accept(delta);
        Map<String, Object> done = itemEvent("response.function_call_arguments.done", id);
        done.put("name", call.name());
        done.put("arguments", arguments);
        sink.accept(done);
        finish(ResponsesJson.call(id, ResponsesJson.COMPLETED, call, arguments));
    }

    private void finish(Map<String, Object> item) {
        sendItem("response.output_item.done", item);
        output.add(item);
    }

    private void sendItem(String type, Map<String, Object> item) {
        Map<String, Object> event = newEvent(type);
        event.put("output_index", output.size());
        event.put("item", item);
        sink.accept(event);
    }

    private void sendPart(String type, Open item) {
        Map<String, Object> event = textEvent(type, item);
        event.put("part", item.part());
        sink.accept(event);
    }

    private Map<String, Object> textEvent(String type, Open item) {
        Map<String, Object> event = itemEvent(type, item.id);
        event.put("content_index", 0);
        return event;
    }

    private Map<String, Object> itemEvent(String type, String id) {
        Map<String, Object> event = newEvent(type);
        event.put("item_id", id);
        event.put("output_index", output.size());
        return event;
    }

    private void send(String type, String name, Object value) {
        Map<String, Object> event = newEvent(type);
        event.put(name, value);
        sink.accept(event);
    }

    private Map<String, Object> newEvent(String type) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("type", type);
        event.put("sequence_number", sequence++);
        return event;
    }
}
