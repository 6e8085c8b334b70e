package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads conversations in the JSON form that OpenAI's chat requests have and that chat templates are written for:
 * {@code role}, {@code content}, {@code tool_calls}, {@code reasoning_content}, {@code tool_call_id}. Other fields are
 * passed over, as templates do.
 */
public final class OpenAiJson {
    private OpenAiJson() {}

    /**
     * Reads what a template is to write: {@code {"messages": [...], "tools": [...], "add_generation_prompt": true,
     * "enable_thinking": false}}. All but the messages may be missing; without {@code add_generation_prompt} the text
     * ends after the last message, as in transformers.
     *
     * @throws TemplateException if the text is no JSON, or not such a request
     */
    public static TemplateInput readTemplateInput(String json) {
        Map<String, @Nullable Object> request = object(JsonReader.read(json), "the request");
        return TemplateInput.of(messages(request.get("messages")))
                .withTools(tools(request.get("tools")))
                .withGenerationPrompt(Boolean.TRUE.equals(flag(request, "add_generation_prompt")))
                .withThinking(thinking(flag(request, "enable_thinking")));
    }

    /**
     * Reads a JSON array of messages.
     *
     * @throws TemplateException if the text is no JSON, or not such an array
     */
    public static List<Message> readMessages(String json) {
        return messages(JsonReader.read(json));
    }

    private static TemplateInput.Thinking thinking(@Nullable Boolean enabled) {
        if (enabled == null) {
            return TemplateInput.Thinking.DEFAULT;
        }
        return enabled ? TemplateInput.Thinking.ON : TemplateInput.Thinking.OFF;
    }

    private static List<Message> messages(@Nullable Object value) {
        List<Message> messages = new ArrayList<>();
        for (Object message : array(value, "messages")) {
            String place = "message " + messages.size();
            messages.add(message(object(message, place), place));
        }
        return messages;
    }

    private static Message message(Map<String, @Nullable Object> fields, String place) {
        Role role = new Role(required(text(fields, "role", place), "role", place));
        Message message = Message.of(role, text(fields, "content", place));
        String toolCallId = text(fields, "tool_call_id", place);
        String content = message.content();
        if (role.equals(Role.TOOL) && toolCallId != null && content != null) {
            message = Message.toolResult(toolCallId, content);
        }
        String thinking = text(fields, "reasoning_content", place);
        if (thinking != null) {
            message = message.withThinking(thinking);
        }
        Object calls = fields.get("tool_calls");
        return calls == null ? message : message.withToolCalls(toolCalls(calls, place));
    }

    private static List<ToolCall> toolCalls(Object value, String place) {
        List<ToolCall> calls = new ArrayList<>();
        for (Object element : array(value, "tool_calls of " + place)) {
            String callPlace = "tool call " + calls.size() + " of " + place;
            Map<String, @Nullable Object> call = object(element, callPlace);
            Object wrapped = call.get("function");
            Map<String, @Nullable Object> function = wrapped == null ? call : object(wrapped, callPlace);
            if (!function.containsKey("arguments")) {
                throw new TemplateException(callPlace + " has no arguments; expected an object, perhaps an empty one");
            }
            calls.add(ToolCall.ofJson(
                    text(call, "id", callPlace),
                    required(text(function, "name", callPlace), "name", callPlace),
                    function.get("arguments")));
        }
        return calls;
    }

    private static List<Object> tools(@Nullable Object value) {
        List<Object> tools = new ArrayList<>();
        if (value != null) {
            for (Object tool : array(value, "tools")) {
                tools.add(object(tool, "tool " + tools.size()));
            }
        }
        return tools;
    }

    private static String required(@Nullable String value, String field, String place) {
        if (value == null) {
            throw new TemplateException(place + " has no " + field);
        }
        return value;
    }

    private static @Nullable String text(Map<String, @Nullable Object> fields, String field, String place) {
        Object value = fields.get(field);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new TemplateException(field + " of " + place + " is " + kind(value) + "; expected text");
    }

    private static @Nullable Boolean flag(Map<String, @Nullable Object> fields, String field) {
        Object value = fields.get(field);
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw new TemplateException(field + " is " + kind(value) + "; expected true or false");
    }

    private static Map<String, @Nullable Object> object(@Nullable Object value, String what) {
        if (value instanceof Map<?, ?>) {
            return JsonValues.asObject(value);
        }
        throw new TemplateException(what + " is " + kind(value) + "; expected an object");
    }

    private static List<?> array(@Nullable Object value, String what) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new TemplateException(what + ": found " + kind(value) + ", expected a list");
    }

    private static String kind(@Nullable Object value) {
        return switch (value) {
            case null -> "missing or null";
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list";
            case String _ -> "text";
            case Number _ -> "a number";
            default -> "true or false";
        };
    }
}
