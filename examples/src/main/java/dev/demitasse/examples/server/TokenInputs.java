package dev.demitasse.examples.server;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.tokenizer.SpecialText;
import dev.demitasse.tokenizer.SpecialTokens;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Reads a field that holds a text, the token ids of one, or an array of either. */
final class TokenInputs {
    /**
     * A text.
     *
     * @param tokens at least one, no more than the context has room for
     */
    record Input(String text, int[] tokens) {}

    private final String field;
    private final LanguageModel model;
    private final SpecialTokens specialTokens;
    private final int mostInputs;
    private final int mostTokens;

    /**
     * A reader.
     *
     * @param field its name
     * @param specialTokens which are recognised in text
     * @param mostTokens of each input
     */
    TokenInputs(String field, LanguageModel model, SpecialTokens specialTokens, int mostInputs, int mostTokens) {
        this.field = field;
        this.model = model;
        this.specialTokens = specialTokens;
        this.mostInputs = mostInputs;
        this.mostTokens = mostTokens;
    }

    /** The inputs, at least one. */
    List<Input> read(Fields fields) {
        JsonNode value = fields.value(field);
        if (value == null) {
            throw ApiException.badField(field, "missing; expected text, token ids, or an array of either");
        }
        if (!value.isArray() || isTokens(value)) {
            return List.of(input(value, field));
        }
        if (value.size() > mostInputs) {
            throw ApiException.badField(field, "found " + value.size() + " inputs, expected at most " + mostInputs);
        }
        List<Input> inputs = new ArrayList<>();
        for (JsonNode element : value) {
            inputs.add(input(element, field + "[" + inputs.size() + "]"));
        }
        return inputs;
    }

    /** Whether an array is one input: an empty one is too, which is none. */
    private static boolean isTokens(JsonNode array) {
        return array.isEmpty() || array.get(0).isNumber();
    }

    private Input input(JsonNode value, String place) {
        Input input;
        if (value.isString()) {
            String text = value.stringValue();
            input = new Input(text, model.tokenizer().encode(text, specialTokens));
        } else if (value.isArray()) {
            int[] tokens = tokens(value, place);
            input = new Input(model.tokenizer().decode(tokens, SpecialText.KEEP), tokens);
        } else {
            throw ApiException.badField(place, "expected text or an array of token ids, found " + Json.kind(value));
        }
        if (input.tokens().length == 0) {
            throw ApiException.badField(place, "is empty; expected at least one token");
        }
        if (input.tokens().length > mostTokens) {
            throw ApiException.contextOverflow(
                    place,
                    place + " takes " + input.tokens().length + " tokens, and there is room for " + mostTokens
                            + ": the context holds " + model.contextSize() + ". Shorten it");
        }
        return input;
    }

    private int[] tokens(JsonNode array, String place) {
        int[] tokens = new int[array.size()];
        int vocabularySize = model.info().vocabularySize();
        for (int i = 0; i < tokens.length; i++) {
            JsonNode token = array.get(i);
            if (!token.isInt() || token.intValue() < 0 || token.intValue() >= vocabularySize) {
                throw ApiException.badField(
                        place + "[" + i + "]",
                        "expected a token id of this model, which has 0 to " + (vocabularySize - 1) + ", found "
                                + Json.kind(token));
            }
            tokens[i] = token.intValue();
        }
        return tokens;
    }
}
