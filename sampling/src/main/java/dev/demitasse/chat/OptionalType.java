package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A value that may be null, or missing where it is a property. */
final class OptionalType extends JavaType {
    private final JavaType content;
    private final Function<@Nullable Object, @Nullable Object> wrap;

    private OptionalType(JavaType content, Function<@Nullable Object, @Nullable Object> wrap) {
        this.content = content;
        this.wrap = wrap;
    }

    /** An {@link Optional}. */
    static OptionalType optional(JavaType content) {
        return new OptionalType(content, Optional::ofNullable);
    }

    /** The value itself, or null. */
    static OptionalType nullable(JavaType content) {
        return new OptionalType(content, value -> value);
    }

    /** One of the three Optionals of primitive numbers. */
    static OptionalType ofPrimitive(Class<?> type) {
        if (type == OptionalInt.class) {
            return new OptionalType(
                    scalar(int.class), value -> value == null ? OptionalInt.empty() : OptionalInt.of((int) value));
        }
        if (type == OptionalLong.class) {
            return new OptionalType(
                    scalar(long.class), value -> value == null ? OptionalLong.empty() : OptionalLong.of((long) value));
        }
        return new OptionalType(
                scalar(double.class),
                value -> value == null ? OptionalDouble.empty() : OptionalDouble.of((double) value));
    }

    private static JavaType scalar(Class<?> type) {
        return Objects.requireNonNull(ScalarTypes.find(type));
    }

    @Override
    boolean mayBeMissing() {
        return true;
    }

    @Override
    Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>(definitions.use(content));
        if (schema.get("type") instanceof String type && !schema.containsKey("enum")) {
            schema.put("type", List.of(type, "null"));
            return schema;
        }
        List<@Nullable Object> alternatives = new ArrayList<>();
        alternatives.add(schema);
        alternatives.add(Map.of("type", "null"));
        return new LinkedHashMap<>(Map.of("anyOf", alternatives));
    }

    @Override
    @Nullable
    Object value(@Nullable Object json, String place) {
        return wrap.apply(json == null ? null : content.value(json, place));
    }
}
