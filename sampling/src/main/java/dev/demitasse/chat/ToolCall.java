package dev.demitasse.chat;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An assistant's wish to have a tool called: the tool's name and its arguments. Immutable. */
public final class ToolCall {
    private final @Nullable String id;
    private final String name;
    private final @Nullable Object arguments;

    private ToolCall(@Nullable String id, String name, @Nullable Object arguments) {
        this.id = id;
        this.name = name;
        this.arguments = arguments;
    }

    /**
     * Makes a call.
     *
     * @param arguments JSON values by parameter name: maps, lists, strings, numbers, booleans and null, copied
     * @throws IllegalArgumentException if a value is none of these
     */
    public static ToolCall of(String name, Map<String, ? extends @Nullable Object> arguments) {
        return new ToolCall(null, Objects.requireNonNull(name, "name"), JsonValues.copyOf(arguments));
    }

    /** Makes a call with any JSON value as its arguments; a string stands for JSON text that was not parsed. */
    static ToolCall ofJson(@Nullable String id, String name, @Nullable Object arguments) {
        return new ToolCall(id, name, JsonValues.copyOf(arguments));
    }

    /** This call with an id that its result can refer to. */
    public ToolCall withId(String id) {
        return new ToolCall(Objects.requireNonNull(id, "id"), name, arguments);
    }

    /** What the result refers to, or null. */
    public @Nullable String id() {
        return id;
    }

    /** Name of the tool. */
    public String name() {
        return name;
    }

    /**
     * Arguments by parameter name, unmodifiable.
     *
     * @throws TemplateException if the arguments came as text that is no JSON object
     */
    public Map<String, @Nullable Object> arguments() {
        Object value = arguments instanceof String text ? JsonReader.read(text) : arguments;
        if (value instanceof Map<?, ?>) {
            return JsonValues.asObject(value);
        }
        throw new TemplateException("the arguments of the call to " + name + " are not a JSON object");
    }

    /** Arguments as JSON text. */
    public String argumentsJson() {
        return arguments instanceof String text ? text : PythonJson.write(arguments);
    }

    /** The arguments as they came: usually a map; a string is JSON text that was not parsed. */
    @Nullable
    Object rawArguments() {
        return arguments;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ToolCall call
                && Objects.equals(id, call.id)
                && name.equals(call.name)
                && Objects.equals(arguments, call.arguments);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, name, arguments);
    }

    /** The tool's name alone: arguments may be private. */
    @Override
    public String toString() {
        return "call of " + name;
    }
}
