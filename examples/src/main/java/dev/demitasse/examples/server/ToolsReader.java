package dev.demitasse.examples.server;

import dev.demitasse.chat.ToolChoice;
import dev.demitasse.chat.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the tools of a request, and whether they may or must be called. */
final class ToolsReader {
    private static final String ANY_OBJECT = "{\"type\":\"object\",\"properties\":{}}";

    private ToolsReader() {}

    /** The field {@code tools}: {@code [{"type": "function", "function": {"name", "description", "parameters"}}]}. */
    static List<ToolDefinition> tools(Fields fields) {
        List<ToolDefinition> tools = new ArrayList<>();
        for (JsonNode entry : fields.array("tools")) {
            String place = "tools[" + tools.size() + "]";
            if (!(entry instanceof ObjectNode object)) {
                throw ApiException.badField(place, "expected an object, found " + Json.kind(entry));
            }
            tools.add(tool(new Fields(object, place + "."), place));
        }
        return tools;
    }

    private static ToolDefinition tool(Fields entry, String place) {
        if (!"function".equals(entry.text("type"))) {
            throw ApiException.unsupported(place, "the one type of tools is \"function\"");
        }
        Fields function = entry.object("function");
        String name = function == null ? null : function.text("name");
        if (function == null || name == null) {
            throw ApiException.badField(place + ".function", "expected an object with a name");
        }
        String description = function.text("description");
        JsonNode parameters = function.value("parameters");
        try {
            return ToolDefinition.of(
                    name,
                    description == null ? "" : description,
                    parameters == null ? ANY_OBJECT : parameters.toString());
        } catch (IllegalArgumentException e) {
            throw ApiException.badField(place, String.valueOf(e.getMessage()));
        }
    }

    /** The field {@code tool_choice}: a word, or the one function to call. */
    static ToolChoice choice(Fields fields) {
        JsonNode value = fields.value("tool_choice");
        if (value == null) {
            return ToolChoice.AUTO;
        }
        if (value instanceof ObjectNode) {
            JsonNode name = value.at("/function/name");
            if (name.isString()) {
                return ToolChoice.named(name.stringValue());
            }
        } else if (value.isString()) {
            switch (value.stringValue()) {
                case "auto" -> {
                    return ToolChoice.AUTO;
                }
                case "none" -> {
                    return ToolChoice.NONE;
                }
                case "required" -> {
                    return ToolChoice.REQUIRED;
                }
                default -> {}
            }
        }
        throw fields.wrong("tool_choice", "auto, none, required or a function with its name", value);
    }
}
