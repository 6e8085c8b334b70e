package dev.demitasse.examples.server;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON as it goes over the wire: UTF-8, records with names_like_this. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private Json() {}

    /** The JSON object that a body holds. */
    static ObjectNode readObject(byte[] body) {
        JsonNode value;
        try {
            value = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw ApiException.badRequest("the body is not JSON: " + e.getOriginalMessage());
        }
        if (value instanceof ObjectNode object) {
            return object;
        }
        throw ApiException.badRequest("the body must be a JSON object, found " + kind(value));
    }

    /** A value, or null if the text is no JSON. */
    static @org.jspecify.annotations.Nullable JsonNode readOrNull(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException _) {
            return null;
        }
    }

    static byte[] write(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    static String writeText(Object value) {
        return new String(write(value), StandardCharsets.UTF_8);
    }

    /** What a value is, for messages to people. */
    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "a string";
            case NUMBER -> "the number " + abbreviated(value);
            case BOOLEAN -> value.toString();
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case NULL -> "null";
            default -> "nothing";
        };
    }

    private static String abbreviated(JsonNode number) {
        String text = number.toString();
        return text.length() <= 30 ? text : text.substring(0, 30) + "...";
    }
}
