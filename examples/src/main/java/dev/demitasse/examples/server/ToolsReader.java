package dev.demitasse.examples.server;

import dev.demitasse.chat.ToolChoice;
import dev.demitasse.chat.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the tools of a request, and whether they may or must be called. */
final class ToolsReader {
    private static final String ANY_OBJECT = "{\"type\":\"object\",\"properties\":{}}";

    private ToolsReader() {}

    /** The field {@code tools}: {@code [{"type": "function", "function": {"name", "description", "parameters"}}]}. */
    static List<ToolDefinition> tools(Fields fields) {
        return read(fields, ToolsReader::nested);
    }

    /** The field {@code tools} of responses, where all is on one level: {@code [{"type": "function", "name", ...}]}. */
    static List<ToolDefinition> flatTools(Fields fields) {
        return read(fields, (entry, place) -> tool(entry, place, place));
    }

    private static List<ToolDefinition> read(Fields fields, BiFunction<Fields, String, ToolDefinition> reader) {
        List<ToolDefinition> tools = new ArrayList<>();
        for (JsonNode entry : fields.array("tools")) {
            String place = "tools[" + tools.size() + "]";
            if (!(entry instanceof ObjectNode object)) {
                throw ApiException.badField(place, "expected an object, found " + Json.kind(entry));
            }
            Fields tool = new Fields(object, place + ".");
            if (!"function".equals(tool.text("type"))) {
                throw ApiException.unsupported(place, "the one type of tools is \"function\"");
            }
            tools.add(reader.apply(tool, place));
        }
        return tools;
    }

    private static ToolDefinition nested(Fields entry, String place) {
        Fields function = entry.object("function");
        if (function == null) {
            throw ApiException.badField(place + ".function", "expected an object with a name");
        }
        return tool(function, place + ".function", place);
    }

    private static ToolDefinition tool(Fields function, String functionPlace, String place) {
        String name = function.text("name");
        if (name == null) {
            throw ApiException.badField(functionPlace, "expected an object with a name");
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
            // Responses have the name on the first level.
            JsonNode name = value.has("function") ? value.at("/function/name") : value.path("name");
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
