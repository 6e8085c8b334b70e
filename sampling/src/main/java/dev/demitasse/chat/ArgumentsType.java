package dev.demitasse.chat;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of a method: an object with a property for each, in their order; its values are arrays of arguments. */
final class ArgumentsType extends JavaType {
    private record Argument(
            String name, JavaType type, @Nullable String description) {}

    private final List<Argument> arguments = new ArrayList<>();

    /** @throws OutputTypeException if a parameter's type is not supported */
    ArgumentsType(Method method, List<String> names) {
        JavaTypes types = new JavaTypes();
        Parameter[] parameters = method.getParameters();
        AnnotatedType[] annotated = method.getAnnotatedParameterTypes();
        for (int i = 0; i < parameters.length; i++) {
            JavaType type = types.of(annotated[i], parameters[i], Map.of());
            arguments.add(new Argument(names.get(i), type, JavaTypes.description(parameters[i])));
        }
    }

    @Override
    Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        List<@Nullable Object> required = new ArrayList<>();
        for (Argument argument : arguments) {
            Map<String, @Nullable Object> property = new LinkedHashMap<>(definitions.use(argument.type));
            if (argument.description != null) {
                property.put("description", argument.description);
            }
            properties.put(argument.name, property);
            if (!argument.type.mayBeMissing()) {
                required.add(argument.name);
            }
        }
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("required", required);
        return schema;
    }

    @Override
    @Nullable
    Object[] value(@Nullable Object json, String place) {
        if (!(json instanceof Map<?, ?> object)) {
            throw mismatch(json, "an object", place);
        }
        @Nullable Object[] values = new @Nullable Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            Argument argument = arguments.get(i);
            if (!object.containsKey(argument.name) && !argument.type.mayBeMissing()) {
                throw new Mismatch(place + ": found no " + argument.name, null);
            }
            values[i] = argument.type.value(object.get(argument.name), argument.name);
        }
        return values;
    }
}
