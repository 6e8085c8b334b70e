package dev.demitasse.chat;

import java.util.List;

/** What the built-in templates have in common: checks, turns, tools and tool results. */
final class Conversations {
    private static final String BEFORE_TOOLS = """
        # Tools

        You may call one or more functions to assist with the user query.

        You are provided with function signatures within <tools></tools> XML tags:
        <tools>\
        """;
    private static final String AFTER_TOOLS = """

        </tools>

        For each function call, return a json object with function name and arguments within \
        <tool_call></tool_call> XML tags:
        <tool_call>
        {"name": <function-name>, "arguments": <args-json-object>}
        </tool_call>\
        """;

    private Conversations() {}

    /** The messages, at least one. */
    static List<Message> checked(TemplateInput input, ChatTemplate template) {
        if (input.messages().isEmpty()) {
            throw new TemplateException(
                    template.name() + " cannot write an empty conversation: provide at least one message");
        }
        return input.messages();
    }

    /** The text of a message, which the template cannot do without. */
    static String text(List<Message> messages, int index, ChatTemplate template) {
        String text = messages.get(index).content();
        if (text == null) {
            throw new TemplateException(template.name() + " needs the text of every message; message " + index
                    + ", role " + messages.get(index).role() + ", has none");
        }
        return text;
    }

    static void refuseTools(TemplateInput input, ChatTemplate template) {
        boolean calls = input.messages().stream()
                .anyMatch(message -> !message.toolCalls().isEmpty());
        if (calls || !input.tools().isEmpty()) {
            throw new TemplateException(template.name()
                    + " has no way to write tools or tool calls: use a model whose template has, or leave them out");
        }
    }

    /** One whole turn. */
    static void turn(Role role, String text, Rendering.Builder out) {
        out.template("<|im_start|>").caller(role.name()).template("\n");
        out.caller(text).template("<|im_end|>\n");
    }

    /** The part of a system message that describes the tools, with the end of the turn. */
    static void tools(List<Object> tools, Rendering.Builder out) {
        out.template(BEFORE_TOOLS);
        for (Object tool : tools) {
            out.template("\n").caller(PythonJson.write(tool));
        }
        out.template(AFTER_TOOLS + "<|im_end|>\n");
    }

    /** One call, without a line break before or after it. */
    static void toolCall(String name, String arguments, Rendering.Builder out) {
        out.template("<tool_call>\n{\"name\": \"").caller(name);
        out.template("\", \"arguments\": ").caller(arguments).template("}\n</tool_call>");
    }

    /** A tool's result: consecutive ones share one user turn. */
    static void toolResult(List<Message> messages, int index, String text, Rendering.Builder out) {
        if (index == 0 || !isTool(messages.get(index - 1))) {
            out.template("<|im_start|>user");
        }
        out.template("\n<tool_response>\n").caller(text).template("\n</tool_response>");
        if (index == messages.size() - 1 || !isTool(messages.get(index + 1))) {
            out.template("<|im_end|>\n");
        }
    }

    private static boolean isTool(Message message) {
        return message.role().equals(Role.TOOL);
    }
}
