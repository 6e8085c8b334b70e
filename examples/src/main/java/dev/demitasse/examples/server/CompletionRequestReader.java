package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.DemitasseException;
import dev.demitasse.chat.TemplateInput;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the body of {@code /v1/chat/completions}. What would change the reply and is not understood is refused; fields for
 * bookkeeping ({@code user}, {@code store}, {@code metadata}) and unknown ones are passed over, as other local servers do.
 */
final class CompletionRequestReader {
    static final int MOST_CHOICES = 8;
    private static final int MOST_STOPS = 16;
    private static final int MOST_TOP_LOGPROBS = 20;
    private static final double LARGEST_BIAS = 100;
    private static final double LARGEST_PENALTY = 2;
    static final double LARGEST_REPETITION_PENALTY = 100;
    // Keeps the best token and nothing else, where OpenAI's range includes 0.
    private static final double SMALLEST_TOP_P = 1e-6;
    private static final String RESPONSE_FORMAT = "response_format";
    static final String ANY_OBJECT = "{\"type\":\"object\",\"additionalProperties\":true}";
    private static final List<String> UNSUPPORTED =
            List.of("audio", "functions", "function_call", "web_search_options");

    private final Fields fields;
    private final int vocabularySize;

    CompletionRequestReader(ObjectNode body, int vocabularySize) {
        this.fields = new Fields(body, "");
        this.vocabularySize = vocabularySize;
    }

    CompletionRequest read() {
        refuseUnsupported();
        boolean stream = fields.flag("stream");
        Integer choices = fields.integer("n", 1, MOST_CHOICES);
        return new CompletionRequest(
                MessagesReader.read(fields),
                ChatOptions.of(this::setOptions),
                thinking(),
                ToolsReader.tools(fields),
                ToolsReader.choice(fields),
                choices == null ? 1 : choices,
                fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE),
                stream,
                includeUsage(stream),
                fields.flag("logprobs"));
    }

    private void refuseUnsupported() {
        for (String name : UNSUPPORTED) {
            if (fields.has(name)) {
                throw ApiException.unsupported(name, "leave it out");
            }
        }
        List<String> modalities = fields.texts("modalities", Integer.MAX_VALUE);
        if (modalities != null && !modalities.equals(List.of("text"))) {
            throw ApiException.unsupported("modalities", "this model writes text");
        }
    }

    private boolean includeUsage(boolean stream) {
        Fields streamOptions = fields.object("stream_options");
        if (streamOptions != null && !stream) {
            throw ApiException.badField("stream_options", "only allowed together with \"stream\": true");
        }
        return streamOptions != null && streamOptions.flag("include_usage");
    }

    /** Qwen3's switch, as its other servers spell it: {@code "chat_template_kwargs": {"enable_thinking": false}}. */
    private TemplateInput.Thinking thinking() {
        Fields arguments = fields.object("chat_template_kwargs");
        if (arguments == null || !arguments.has("enable_thinking")) {
            return TemplateInput.Thinking.DEFAULT;
        }
        return arguments.flag("enable_thinking") ? TemplateInput.Thinking.ON : TemplateInput.Thinking.OFF;
    }

    private void setOptions(ChatOptions.Builder options) {
        Fields.ifPresent(fields.integer("max_tokens", 1, Integer.MAX_VALUE), options::maxTokens);
        Fields.ifPresent(fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE), options::maxTokens);
        Fields.ifPresent(logitBias(), options::logitBias);
        // Not OpenAI's, but spelled like this by other servers of open models.
        Fields.ifPresent(
                fields.number("repetition_penalty", Double.MIN_NORMAL, LARGEST_REPETITION_PENALTY),
                options::repetitionPenalty);
        setSampling(fields, options);
        logprobs(options);
        Fields.ifPresent(schema(), schema -> setSchema(options, schema, RESPONSE_FORMAT));
    }

    /** The JSON schema that {@code response_format} holds the reply to, or null for plain text. */
    private @Nullable String schema() {
        Fields format = fields.object(RESPONSE_FORMAT);
        if (format == null) {
            return null;
        }
        return switch (String.valueOf(format.text("type"))) {
            case "text" -> null;
            case "json_object" -> ANY_OBJECT;
            case "json_schema" -> namedSchema(format);
            default ->
                throw ApiException.badField(RESPONSE_FORMAT + ".type", "expected text, json_object or json_schema");
        };
    }

    private static String namedSchema(Fields format) {
        Fields named = format.object("json_schema");
        JsonNode schema = named == null ? null : named.value("schema");
        if (schema == null) {
            throw ApiException.badField(RESPONSE_FORMAT + ".json_schema.schema", "missing");
        }
        return schema.toString();
    }

    /** Holds a reply to a schema; one that is none, or has keywords that nothing here enforces, is an error of the field. */
    static void setSchema(ChatOptions.Builder options, String schema, String field) {
        try {
            options.jsonSchema(schema);
        } catch (DemitasseException e) {
            throw ApiException.badField(field, String.valueOf(e.getMessage()));
        }
    }

    /** Sets what OpenAI's requests and others spell alike. */
    static void setSampling(Fields fields, ChatOptions.Builder options) {
        Fields.ifPresent(fields.number("temperature", 0, 2), options::temperature);
        Fields.ifPresent(fields.number("top_p", 0, 1), topP -> options.topP(Math.max(topP, SMALLEST_TOP_P)));
        Fields.ifPresent(fields.integer("top_k", 0, Integer.MAX_VALUE), options::topK);
        Fields.ifPresent(fields.number("min_p", 0, 1), options::minP);
        Fields.ifPresent(
                fields.number("presence_penalty", -LARGEST_PENALTY, LARGEST_PENALTY), options::presencePenalty);
        Fields.ifPresent(
                fields.number("frequency_penalty", -LARGEST_PENALTY, LARGEST_PENALTY), options::frequencyPenalty);
        Fields.ifPresent(fields.texts("stop", MOST_STOPS), options::stop);
    }

    private void logprobs(ChatOptions.Builder options) {
        Integer top = fields.integer("top_logprobs", 0, MOST_TOP_LOGPROBS);
        if (fields.flag("logprobs")) {
            options.logprobs(top == null ? 0 : top);
        } else if (top != null) {
            throw ApiException.badField("top_logprobs", "only allowed together with \"logprobs\": true");
        }
    }

    private @Nullable Map<Integer, Float> logitBias() {
        JsonNode value = fields.value("logit_bias");
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode biases)) {
            throw fields.wrong("logit_bias", "an object of numbers by token id", value);
        }
        Map<Integer, Float> byToken = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : biases.properties()) {
            JsonNode bias = entry.getValue();
            if (!bias.isNumber() || Math.abs(bias.doubleValue()) > LARGEST_BIAS) {
                throw fields.wrong("logit_bias", "numbers from -100 to 100", bias);
            }
            byToken.put(tokenId(entry.getKey()), bias.floatValue());
        }
        return byToken;
    }

    private int tokenId(String text) {
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) < vocabularySize) {
            return Integer.parseInt(text);
        }
        throw ApiException.badField(
                "logit_bias",
                "\"" + (text.length() > 20 ? text.substring(0, 20) + "..." : text)
                        + "\" is not a token id of this model, which has 0 to " + (vocabularySize - 1));
    }
}
