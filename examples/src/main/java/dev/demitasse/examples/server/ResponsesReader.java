package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.TemplateInput;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the body of {@code /v1/responses}, by the rules of {@link ChatCompletionReader}. */
final class ResponsesReader {
    /** Nothing is kept here from one request to the next. */
    private static final List<String> STATEFUL = List.of("previous_response_id", "conversation", "prompt");

    private final Fields fields;

    ResponsesReader(ObjectNode body) {
        this.fields = new Fields(body, "");
    }

    ChatCompletionRequest read() {
        refuseUnsupported();
        return new ChatCompletionRequest(
                ResponsesInput.read(fields),
                ChatOptions.of(this::setOptions),
                thinking(),
                ToolsReader.flatTools(fields),
                ToolsReader.choice(fields),
                1,
                SamplingFields.seed(fields),
                new StreamMode(fields.flag("stream"), false),
                logprobs());
    }

    private void refuseUnsupported() {
        for (String name : STATEFUL) {
            if (fields.has(name)) {
                throw ApiException.unsupported(name, "this server keeps nothing; send the whole conversation as input");
            }
        }
        if (fields.flag("background")) {
            throw ApiException.unsupported("background", "responses are sent when they are complete, or streamed");
        }
        String truncation = fields.text("truncation");
        if (truncation != null && !truncation.equals("disabled")) {
            throw ApiException.unsupported("truncation", "nothing is left out in silence; shorten the input");
        }
    }

    private TemplateInput.Thinking thinking() {
        Fields reasoning = fields.object("reasoning");
        return reasoning == null
                ? TemplateInput.Thinking.DEFAULT
                : ChatCompletionReader.thinking(reasoning.text("effort"));
    }

    private void setOptions(ChatOptions.Builder options) {
        SamplingFields.set(fields, options);
        Fields.ifPresent(fields.integer("max_output_tokens", 1, Integer.MAX_VALUE), options::maxTokens);
        Integer top = fields.integer("top_logprobs", 0, SamplingFields.MOST_TOP_LOGPROBS);
        if (logprobs()) {
            options.logprobs(top == null ? 0 : top);
        }
        Fields text = fields.object("text");
        if (text != null) {
            ResponseFormat.setFlat(text, options);
        }
    }

    private boolean logprobs() {
        for (JsonNode wanted : fields.array("include")) {
            if (wanted.asString("").equals("message.output_text.logprobs")) {
                return true;
            }
        }
        return false;
    }
}
