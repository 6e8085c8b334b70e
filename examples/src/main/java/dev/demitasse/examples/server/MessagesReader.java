package dev.demitasse.examples.server;

import dev.demitasse.chat.Message;
import dev.demitasse.chat.OpenAiJson;
import dev.demitasse.chat.TemplateException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the messages of a request. OpenAI's form differs from the one chat templates are written for in three ways, which
 * end here: content may come in parts, the system's role has a second name, and a tool call's arguments are JSON inside a
 * string.
 */
final class MessagesReader {
    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
    private static final Set<String> TEXT_TYPES = Set.of("text", "input_text", "output_text");
    private static final String FIELD = "messages";

    private MessagesReader() {}

    /** The messages of the field {@code messages}: at least one. */
    static List<Message> read(Fields fields) {
        JsonNode value = fields.value(FIELD);
        if (value == null) {
            throw ApiException.badField(FIELD, "missing; expected an array of messages");
        }
        if (!(value instanceof ArrayNode messages) || messages.isEmpty()) {
            throw fields.wrong(FIELD, "an array of at least one message", value);
        }
        return read(messages, FIELD);
    }

    /**
     * Reads messages, which it changes.
     *
     * @param field where they were, for messages of errors
     */
    static List<Message> read(ArrayNode messages, String field) {
        for (int i = 0; i < messages.size(); i++) {
            String place = field + "[" + i + "]";
            if (!(messages.get(i) instanceof ObjectNode message)) {
                throw ApiException.badField(place, "expected an object, found " + Json.kind(messages.get(i)));
            }
            normalise(message, place);
        }
        try {
            return OpenAiJson.readMessages(messages.toString());
        } catch (TemplateException e) {
            throw ApiException.badField(field, String.valueOf(e.getMessage()));
        }
    }

    private static void normalise(ObjectNode message, String place) {
        role(message, place);
        if (message.get("content") instanceof ArrayNode parts) {
            message.put("content", text(parts, place + ".content"));
        }
        boolean hasContent = message.hasNonNull("content");
        if (message.get("tool_calls") instanceof ArrayNode calls && !calls.isEmpty()) {
            calls.forEach(MessagesReader::parseArguments);
            if (!hasContent) {
                message.put("content", "");
            }
        } else {
            message.remove("tool_calls");
            if (!hasContent) {
                throw ApiException.badField(place + ".content", "missing; expected text");
            }
        }
    }

    private static void role(ObjectNode message, String place) {
        JsonNode role = message.get("role");
        if (role == null || !role.isString()) {
            throw ApiException.badField(place + ".role", "expected one of " + roles());
        }
        if (role.stringValue().equals("developer")) {
            message.put("role", "system");
        } else if (!ROLES.contains(role.stringValue())) {
            throw ApiException.badField(
                    place + ".role", "expected one of " + roles() + ", found \"" + role.stringValue() + "\"");
        }
    }

    private static String roles() {
        return ROLES.stream().sorted().collect(Collectors.joining(", "));
    }

    private static String text(ArrayNode parts, String place) {
        StringBuilder text = new StringBuilder();
        for (JsonNode part : parts) {
            JsonNode type = part.get("type");
            JsonNode content = part.get("text");
            if (type == null || !type.isString() || !TEXT_TYPES.contains(type.stringValue())) {
                throw ApiException.unsupported(
                        place, "this model reads text; a part is " + (type == null ? Json.kind(part) : type));
            }
            if (content == null || !content.isString()) {
                throw ApiException.badField(place, "a part of type text has no text");
            }
            text.append(content.stringValue());
        }
        return text.toString();
    }

    private static void parseArguments(JsonNode call) {
        if (call.get("function") instanceof ObjectNode function
                && function.get("arguments") != null
                && function.get("arguments").isString()
                && Json.readOrNull(function.get("arguments").stringValue()) instanceof ObjectNode arguments) {
            function.set("arguments", arguments);
        }
    }
}
