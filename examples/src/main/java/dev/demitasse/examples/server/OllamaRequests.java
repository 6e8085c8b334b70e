package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.Message;
import dev.demitasse.chat.TemplateInput;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the bodies of Ollama's interface. What concerns its own running ({@code keep_alive}, {@code num_ctx}) is passed over. */
final class OllamaRequests {
    private OllamaRequests() {}

    /** The body of {@code /api/chat}. */
    static ChatRequest chat(Fields fields, Duration atMost) {
        for (JsonNode message : fields.array("messages")) {
            if (message instanceof ObjectNode object) {
                refuse(new Fields(object, "messages."), "images", "this model reads text");
            }
        }
        return request(fields, MessagesReader.read(fields), atMost)
                .tools(ToolsReader.tools(fields))
                .build();
    }

    /** The body of {@code /api/generate}, of which a question is made. */
    static ChatRequest question(Fields fields, String prompt, Duration atMost) {
        String system = fields.text("system");
        List<Message> messages = system == null || system.isEmpty()
                ? List.of(Message.user(prompt))
                : List.of(Message.system(system), Message.user(prompt));
        return request(fields, messages, atMost).build();
    }

    private static ChatRequest.Builder request(Fields fields, List<Message> messages, Duration atMost) {
        ChatRequest.Builder request = ChatRequest.builder().messages(messages).options(options(fields, atMost));
        JsonNode think = fields.value("think");
        if (think != null) {
            // How much it thinks is a choice that only other models have.
            boolean on = think.isString() || fields.flag("think");
            request.thinking(on ? TemplateInput.Thinking.ON : TemplateInput.Thinking.OFF);
        }
        return request;
    }

    /** Refuses what would change a reply of {@code /api/generate} and is not understood. */
    static void refuseUnsupported(Fields fields) {
        refuse(fields, "images", "this model reads text");
        refuse(fields, "suffix", "leave it out");
        refuse(fields, "template", "the model's own is used; send a prompt that is written already with \"raw\": true");
        refuse(fields, "context", "send the conversation to /api/chat");
    }

    private static void refuse(Fields fields, String name, String instead) {
        JsonNode value = fields.value(name);
        boolean isEmptyText =
                value != null && value.isString() && value.stringValue().isEmpty();
        if (!fields.isEmpty(name) && !isEmptyText) {
            throw ApiException.unsupported(name, instead);
        }
    }

    /** Everything that shapes the reply. */
    static ChatOptions options(Fields fields, Duration atMost) {
        ChatOptions.Builder options = ChatOptions.builder().timeout(atMost);
        setOptions(fields.object("options"), options);
        format(fields, options);
        Integer top = fields.integer("top_logprobs", 0, SamplingFields.MOST_TOP_LOGPROBS);
        if (fields.flag("logprobs")) {
            options.logprobs(top == null ? 0 : top);
        }
        return options.build();
    }

    private static void setOptions(@Nullable Fields fields, ChatOptions.Builder options) {
        if (fields == null) {
            return;
        }
        SamplingFields.set(fields, options);
        SamplingFields.setRepetitionPenalty(fields, "repeat_penalty", options);
        Fields.ifPresent(SamplingFields.seed(fields), options::seed);
        Integer limit = fields.integer("num_predict", -2, Integer.MAX_VALUE);
        // Below 1: as many as there is room for.
        Fields.ifPresent(limit, most -> options.maxTokens(most < 1 ? Integer.MAX_VALUE : most));
    }

    /** The field {@code format}: the word json, or a schema. */
    private static void format(Fields fields, ChatOptions.Builder options) {
        JsonNode format = fields.value("format");
        if (format instanceof ObjectNode schema) {
            ResponseFormat.setSchema(options, schema.toString(), "format");
        } else if (format != null && format.isString() && format.stringValue().equals("json")) {
            ResponseFormat.setSchema(options, ResponseFormat.ANY_OBJECT, "format");
        } else if (format != null
                && !fields.isEmpty("format")
                && !format.asString("").isEmpty()) {
            throw ApiException.badField("format", "expected \"json\" or a JSON schema");
        }
    }
}
