package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An enum: the name of one of its constants as a string. */
final class EnumType extends JavaType {
    private final Class<?> type;
    private final Map<String, Object> constants = new LinkedHashMap<>();

    EnumType(Class<?> type) {
        this.type = type;
        for (Object constant : type.getEnumConstants()) {
            constants.put(((Enum<?>) constant).name(), constant);
        }
        if (constants.isEmpty()) {
            throw new OutputTypeException(
                    "the enum " + type.getName() + " has no constants: no reply can be one of them");
        }
    }

    Iterable<String> names() {
        return constants.keySet();
    }

    @Override
    Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("enum", new ArrayList<>(constants.keySet()));
        String description = description();
        if (!description.isEmpty()) {
            schema.put("description", description);
        }
        return schema;
    }

    /** That of the enum, and those of its constants. */
    private String description() {
        List<String> descriptions = new ArrayList<>();
        String own = JavaTypes.description(type);
        if (own != null) {
            descriptions.add(own);
        }
        for (String name : constants.keySet()) {
            try {
                String description = JavaTypes.description(type.getField(name));
                if (description != null) {
                    descriptions.add(name + ": " + description);
                }
            } catch (NoSuchFieldException e) {
                throw new AssertionError("every constant is a field", e);
            }
        }
        return String.join("; ", descriptions);
    }

    @Override
    Object value(@Nullable Object json, String place) {
        Object constant = json instanceof String name ? constants.get(name) : null;
        if (constant == null) {
            throw mismatch(json, "one of " + constants.keySet(), place);
        }
        return constant;
    }
}
