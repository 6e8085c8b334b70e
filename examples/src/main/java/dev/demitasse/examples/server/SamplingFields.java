package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads how tokens are to be drawn, and when to stop. */
final class SamplingFields {
    static final int MOST_CHOICES = 8;
    static final int MOST_TOP_LOGPROBS = 20;
    private static final int MOST_STOPS = 16;
    private static final double LARGEST_BIAS = 100;
    private static final double LARGEST_PENALTY = 2;
    private static final double LARGEST_REPETITION_PENALTY = 100;
    // Keeps the best token and nothing else, where OpenAI's range includes 0.
    private static final double SMALLEST_TOP_P = 1e-6;

    private SamplingFields() {}

    /** Sets what OpenAI's requests and others spell alike. */
    static void set(Fields fields, ChatOptions.Builder options) {
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

    /** Sets what chats and texts of OpenAI's interface have in common; the seed, which each choice has its own of, is not set. */
    static void setOpenAis(Fields fields, int vocabularySize, ChatOptions.Builder options) {
        set(fields, options);
        Fields.ifPresent(fields.integer("max_tokens", 1, Integer.MAX_VALUE), options::maxTokens);
        Fields.ifPresent(logitBias(fields, vocabularySize), options::logitBias);
        // Not OpenAI's, but spelled like this by other servers of open models.
        setRepetitionPenalty(fields, "repetition_penalty", options);
    }

    static void setRepetitionPenalty(Fields fields, String name, ChatOptions.Builder options) {
        Fields.ifPresent(
                fields.number(name, Double.MIN_NORMAL, LARGEST_REPETITION_PENALTY), options::repetitionPenalty);
    }

    /** How many replies are asked for. */
    static int choices(Fields fields) {
        Integer choices = fields.integer("n", 1, MOST_CHOICES);
        return choices == null ? 1 : choices;
    }

    static @Nullable Long seed(Fields fields) {
        return fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    }

    private static @Nullable Map<Integer, Float> logitBias(Fields fields, int vocabularySize) {
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
            byToken.put(tokenId(entry.getKey(), vocabularySize), bias.floatValue());
        }
        return byToken;
    }

    private static int tokenId(String text, int vocabularySize) {
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) < vocabularySize) {
            return Integer.parseInt(text);
        }
        throw ApiException.badField(
                "logit_bias",
                "\"" + (text.length() > 20 ? text.substring(0, 20) + "..." : text)
                        + "\" is not a token id of this model, which has 0 to " + (vocabularySize - 1));
    }
}
