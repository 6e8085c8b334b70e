package dev.demitasse.examples.server;

import dev.demitasse.chat.Message;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the conversation of {@code /v1/responses}: a text, or items, of which a chat's messages are made. A call is an item
 * of its own there, beside the message that it was part of.
 */
final class ResponsesInput {
    private static final String FIELD = "input";
    private static final Set<String> MESSAGE_ROLES = Set.of("system", "developer", "user", "assistant");

    private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();

    private ResponsesInput() {}

    /** The fields {@code instructions} and {@code input}. */
    static List<Message> read(Fields fields) {
        ResponsesInput reading = new ResponsesInput();
        String instructions = fields.text("instructions");
        if (instructions != null && !instructions.isEmpty()) {
            reading.add("system").put("content", instructions);
        }
        JsonNode input = fields.value(FIELD);
        if (input == null) {
            throw ApiException.badField(FIELD, "missing; expected text or an array of items");
        }
        if (input.isString()) {
            reading.add("user").put("content", input.stringValue());
        } else if (input.isArray() && !input.isEmpty()) {
            reading.addItems(input);
        } else {
            throw fields.wrong(FIELD, "text or an array of at least one item", input);
        }
        return MessagesReader.read(reading.messages, FIELD);
    }

    private ObjectNode add(String role) {
        return messages.addObject().put("role", role);
    }

    private void addItems(JsonNode items) {
        for (int i = 0; i < items.size(); i++) {
            String place = FIELD + "[" + i + "]";
            if (!(items.get(i) instanceof ObjectNode item)) {
                throw ApiException.badField(place, "expected an object, found " + Json.kind(items.get(i)));
            }
            addItem(new Fields(item, place + "."), place);
        }
    }

    private void addItem(Fields item, String place) {
        String type = item.text("type");
        switch (type == null ? "message" : type) {
            case "message" -> addMessage(item, place);
            case "function_call" -> addCall(item, place);
            case "function_call_output" ->
                add("tool")
                        .put("tool_call_id", required(item, "call_id", place))
                        .set("content", content(item, "output", place));
            case "reasoning" -> {
                // Of earlier turns: templates leave it out, as the models expect.
            }
            default ->
                throw ApiException.unsupported(
                        place + ".type", "expected message, function_call, function_call_output or reasoning");
        }
    }

    private void addMessage(Fields item, String place) {
        String role = required(item, "role", place);
        if (!MESSAGE_ROLES.contains(role)) {
            throw ApiException.badField(place + ".role", "expected user, assistant, system or developer");
        }
        add(role).set("content", content(item, "content", place));
    }

    /** Beside those of the same reply. */
    private void addCall(Fields item, String place) {
        ObjectNode last = messages.isEmpty() ? null : (ObjectNode) messages.get(messages.size() - 1);
        ObjectNode message =
                last != null && last.path("role").asString("").equals("assistant") ? last : add("assistant");
        ObjectNode call = message.withArray("tool_calls").addObject();
        call.put("id", required(item, "call_id", place)).put("type", "function");
        call.putObject("function")
                .put("name", required(item, "name", place))
                .put("arguments", required(item, "arguments", place));
    }

    private static JsonNode content(Fields item, String name, String place) {
        JsonNode content = item.value(name);
        if (content == null) {
            throw ApiException.badField(place + "." + name, "missing; expected text");
        }
        return content;
    }

    private static String required(Fields item, String name, String place) {
        String value = item.text(name);
        if (value == null) {
            throw ApiException.badField(place + "." + name, "missing; expected a string");
        }
        return value;
    }
}
