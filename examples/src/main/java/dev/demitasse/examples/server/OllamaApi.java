package dev.demitasse.examples.server;

import dev.demitasse.chat.Event;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.chat.ToolCall;
import dev.demitasse.tokenizer.SpecialTokens;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * As much of Ollama's interface as programs need that speak no other: {@code POST /api/chat} and {@code POST
 * /api/generate}, which stream lines of JSON unless told not to. {@link OllamaModels} tells of the model.
 */
final class OllamaApi {
    private final LanguageModel model;
    private final ServedModel served;
    private final Replies replies;
    private final ReplyTokens tokens;

    OllamaApi(LanguageModel model, ServedModel served, Replies replies) {
        this.model = model;
        this.served = served;
        this.replies = replies;
        this.tokens = new ReplyTokens(model);
    }

    /** How a line says what the model said. */
    private enum Form {
        MESSAGE,
        RESPONSE
    }

    /** What a line says. */
    private record Said(String text, String thinking, List<ToolCall> calls) {
        static final Said NOTHING = new Said("", "", List.of());

        static Said calling(List<ToolCall> calls) {
            return new Said("", "", calls);
        }
    }

    /** {@code POST /api/chat}. */
    void chat(Exchange exchange) throws InterruptedException {
        Fields fields = new Fields(Json.readObject(exchange.body()), "");
        if (fields.isEmpty("messages")) {
            loaded(Form.MESSAGE, exchange);
            return;
        }
        answer(() -> model.send(OllamaRequests.chat(fields, exchange.timeLeft())), Form.MESSAGE, fields, exchange);
    }

    /** {@code POST /api/generate}: one question, or, where it is raw, a text to go on with. */
    void generate(Exchange exchange) throws InterruptedException {
        Fields fields = new Fields(Json.readObject(exchange.body()), "");
        OllamaRequests.refuseUnsupported(fields);
        String prompt = fields.text("prompt");
        if (prompt == null || prompt.isEmpty()) {
            loaded(Form.RESPONSE, exchange);
            return;
        }
        answer(() -> generation(fields, prompt, exchange), Form.RESPONSE, fields, exchange);
    }

    private Generation generation(Fields fields, String prompt, Exchange exchange) {
        if (!fields.flag("raw")) {
            return model.send(OllamaRequests.question(fields, prompt, exchange.timeLeft()));
        }
        // Written as the model reads it: its marks are the model's.
        int[] raw = model.tokenizer().encode(prompt, SpecialTokens.ALL);
        return model.complete(raw, OllamaRequests.options(fields, exchange.timeLeft()));
    }

    /** Makes a turn ready once there is room for it. */
    @FunctionalInterface
    private interface Preparation {
        Generation prepare();
    }

    private void answer(Preparation preparation, Form form, Fields fields, Exchange exchange)
            throws InterruptedException {
        try (Admission.Places _ = replies.enter(1, exchange)) {
            Generation generation = preparation.prepare();
            if (fields.flag("stream", true)) {
                stream(generation, form, exchange);
            } else {
                Reply reply = replies.await(List.of(generation), exchange).getFirst();
                Said said = new Said(reply.text(), reply.thinking(), reply.toolCalls());
                exchange.respondJson(200, end(form, said, reply, reply.logprobs()));
            }
        }
    }

    private void stream(Generation generation, Form form, Exchange exchange) throws InterruptedException {
        EventStream lines = EventStream.lines(exchange);
        List<TokenLogprob> ofNextLine = new ArrayList<>();
        generation.onEvent(event -> {
            switch (event) {
                case Event.Logprobs(List<TokenLogprob> logprobs) -> ofNextLine.addAll(logprobs);
                case Event.Text(String text) -> lines.send(line(form, new Said(text, "", List.of()), take(ofNextLine)));
                case Event.Thinking(String text) ->
                    lines.send(line(form, new Said("", text, List.of()), take(ofNextLine)));
                default -> {}
            }
        });
        lines.sendAll(() -> {
            Reply reply = replies.await(List.of(generation), exchange).getFirst();
            if (!reply.toolCalls().isEmpty()) {
                lines.send(line(form, Said.calling(reply.toolCalls()), take(ofNextLine)));
            }
            lines.send(end(form, Said.NOTHING, reply, take(ofNextLine)));
        });
    }

    /** Nothing was asked: programs do so to have a model loaded. It is. */
    private void loaded(Form form, Exchange exchange) {
        Map<String, Object> line = line(form, Said.NOTHING, List.of());
        line.put("done", true);
        line.put("done_reason", "load");
        exchange.respondJson(200, line);
    }

    private static <T> List<T> take(List<T> from) {
        List<T> taken = List.copyOf(from);
        from.clear();
        return taken;
    }

    /** @param logprobs of the tokens of this line */
    private Map<String, Object> line(Form form, Said said, List<TokenLogprob> logprobs) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("model", served.id());
        line.put("created_at", Instant.now().truncatedTo(ChronoUnit.MICROS).toString());
        if (form == Form.MESSAGE) {
            line.put("message", message(said));
        } else {
            line.put("response", said.text());
            putThinking(said, line);
        }
        line.put("done", false);
        List<ChatCompletionJson.TokenEntry> entries =
                ChatCompletionJson.logprobs(tokens.ofText(logprobs), tokens).content();
        if (!entries.isEmpty()) {
            line.put("logprobs", entries);
        }
        return line;
    }

    private static Map<String, Object> message(Said said) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", said.text());
        putThinking(said, message);
        if (!said.calls().isEmpty()) {
            message.put(
                    "tool_calls", said.calls().stream().map(OllamaApi::toolCall).toList());
        }
        return message;
    }

    private static void putThinking(Said said, Map<String, Object> into) {
        if (!said.thinking().isEmpty()) {
            into.put("thinking", said.thinking());
        }
    }

    private static Map<String, Object> toolCall(ToolCall call) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", call.arguments());
        return Map.of("function", function);
    }

    private Map<String, Object> end(Form form, Said said, Reply reply, List<TokenLogprob> logprobs) {
        Map<String, Object> line = line(form, said, logprobs);
        boolean cut = reply.finish() == Finish.LENGTH || reply.finish() == Finish.CONTEXT_FULL;
        line.put("done", true);
        line.put("done_reason", cut ? "length" : "stop");
        line.put("total_duration", reply.timings().firstToken().toNanos() + nanos(reply));
        line.put("load_duration", 0);
        line.put("prompt_eval_count", reply.usage().promptTokens());
        line.put("prompt_eval_duration", reply.timings().firstToken().toNanos());
        line.put("eval_count", reply.usage().completionTokens());
        line.put("eval_duration", nanos(reply));
        return line;
    }

    /** From the first token to the last. */
    private static long nanos(Reply reply) {
        double rate = reply.timings().decodeTokensPerSecond();
        return rate == 0 ? 0 : Math.round((reply.usage().completionTokens() - 1) * 1e9 / rate);
    }
}
