package dev.demitasse.chat;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A list, set or array: a JSON array. */
final class ListType extends JavaType {
    private final JavaType element;
    private final Function<List<@Nullable Object>, Object> collect;

    private ListType(JavaType element, Function<List<@Nullable Object>, Object> collect) {
        this.element = element;
        this.collect = collect;
    }

    /** An unmodifiable list. */
    static ListType list(JavaType element) {
        return new ListType(element, Collections::unmodifiableList);
    }

    /** An unmodifiable set; the model may write an element twice, it is there once. */
    static ListType set(JavaType element) {
        return new ListType(element, elements -> Collections.unmodifiableSet(new LinkedHashSet<>(elements)));
    }

    static ListType array(Class<?> arrayType, JavaType element) {
        return new ListType(element, elements -> {
            Object array = Array.newInstance(arrayType.getComponentType(), elements.size());
            for (int i = 0; i < elements.size(); i++) {
                Array.set(array, i, elements.get(i));
            }
            return array;
        });
    }

    @Override
    Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", "array");
        schema.put("items", definitions.use(element));
        return schema;
    }

    @Override
    Object value(@Nullable Object json, String place) {
        if (!(json instanceof List<?> list)) {
            throw mismatch(json, "an array", place);
        }
        List<@Nullable Object> elements = new ArrayList<>();
        for (Object each : list) {
            elements.add(element.value(each, place + "[" + elements.size() + "]"));
        }
        return collect.apply(elements);
    }
}
