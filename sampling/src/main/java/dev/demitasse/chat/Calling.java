package dev.demitasse.chat;

import dev.demitasse.grammar.Expression;
import dev.demitasse.grammar.JsonSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tools of one reply.
 *
 * @param tools what the model may call
 * @param choice whether it may or must
 * @param before how many calls the conversation has already: the ids of new ones go on from there
 */
record Calling(List<ToolDefinition> tools, ToolChoice choice, int before) {
    /** No tools: {@code <tool_call>} means nothing. */
    static final Calling OFF = new Calling(List.of(), ToolChoice.AUTO, 0);

    /** The tools of a reply to these messages. */
    static Calling of(List<ToolDefinition> tools, ToolChoice choice, List<Message> messages) {
        return tools.isEmpty()
                ? OFF
                : new Calling(
                        tools,
                        choice,
                        messages.stream()
                                .mapToInt(message -> message.toolCalls().size())
                                .sum());
    }

    /** What is written between the tokens of a call, as templates write it: a name, and arguments valid by its schema. */
    OutputGrammar grammar() {
        List<ToolDefinition> callable = tools.stream()
                .filter(tool -> choice.tool() == null || tool.name().equals(choice.tool()))
                .toList();
        String source = PythonJson.write(
                callable.stream().map(ToolDefinition::templateValue).toList());
        return OutputGrammar.ofTools(
                source,
                () -> Expression.sequence(
                        Expression.text("\n{\"name\": \""),
                        Expression.choice(callable.stream().map(Calling::call).toList()),
                        Expression.text("}\n")));
    }

    private static Expression call(ToolDefinition tool) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>(tool.parameters());
        schema.put("type", "object");
        return Expression.sequence(Expression.text(tool.name() + "\", \"arguments\": "), JsonSchema.expression(schema));
    }

    boolean isOn() {
        return !tools.isEmpty();
    }
}
