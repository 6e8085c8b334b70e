package dev.demitasse.chat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tool as a model sees it: its name, what it is good for, and a JSON schema of its arguments. An immutable value. The
 * model is told about it by {@link ChatRequest.Builder#tools}.
 */
public final class ToolDefinition {
    // The template writes names between quotes without escaping; other services allow less, such as 64 ASCII letters.
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_.-]{1,64}");

    private final String name;
    private final String description;
    private final Map<String, @Nullable Object> parameters;

    private ToolDefinition(String name, String description, Map<String, @Nullable Object> parameters) {
        this.name = name;
        this.description = description;
        this.parameters = parameters;
    }

    /**
     * Describes a tool.
     *
     * @param name 1 to 64 letters, digits, {@code _}, {@code -} and {@code .}
     * @param description what the tool does, for the model to read
     * @param parameters JSON schema of the arguments, an object with one property a parameter; copied
     * @throws IllegalArgumentException if the name or the schema is none
     */
    public static ToolDefinition of(
            String name, String description, Map<String, ? extends @Nullable Object> parameters) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a tool's name must be 1 to 64 letters, digits, '_', '-' and '.', got " + PythonJson.write(name));
        }
        Object copy = Objects.requireNonNull(JsonValues.copyOf(parameters));
        Map<String, @Nullable Object> schema = JsonValues.asObject(copy);
        Object type = schema.get("type");
        if (type != null && !type.equals("object")) {
            throw new IllegalArgumentException("the arguments of tool " + name
                    + ": expected the JSON schema of an object, found type " + PythonJson.write(type));
        }
        return new ToolDefinition(name, Objects.requireNonNull(description, "description"), schema);
    }

    /**
     * Describes a tool.
     *
     * @param parametersJson JSON schema of the arguments, as text
     * @throws IllegalArgumentException if the name or the schema is none
     */
    public static ToolDefinition of(String name, String description, String parametersJson) {
        Object schema;
        try {
            schema = JsonReader.read(parametersJson);
        } catch (TemplateException e) {
            throw new IllegalArgumentException("the arguments of tool " + name + ": " + e.getMessage(), e);
        }
        if (!(schema instanceof Map<?, ?>)) {
            throw new IllegalArgumentException(
                    "the arguments of tool " + name + ": expected a JSON schema that is an object");
        }
        return of(name, description, JsonValues.asObject(schema));
    }

    /** What the model calls it by. */
    public String name() {
        return name;
    }

    /** What the model is told about it. */
    public String description() {
        return description;
    }

    /** JSON schema of the arguments, unmodifiable. */
    public Map<String, @Nullable Object> parameters() {
        return parameters;
    }

    /** JSON schema of the arguments as text. */
    public String parametersJson() {
        return PythonJson.write(parameters);
    }

    /** As templates write it. */
    Map<String, Object> templateValue() {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("description", description);
        function.put("parameters", parameters);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("type", "function");
        value.put("function", function);
        return value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ToolDefinition tool
                && name.equals(tool.name)
                && description.equals(tool.description)
                && parameters.equals(tool.parameters);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, description, parameters);
    }

    @Override
    public String toString() {
        return "tool " + name;
    }
}
