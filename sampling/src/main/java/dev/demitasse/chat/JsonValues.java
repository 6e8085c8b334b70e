package dev.demitasse.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as plain Java values: {@code Map} in insertion order, {@code List}, {@code String}, {@code Number},
 * {@code Boolean}, null.
 */
final class JsonValues {
    private JsonValues() {}

    /** A deep, unmodifiable copy that keeps the order of keys. */
    static @Nullable Object copyOf(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> text;
            case Boolean flag -> flag;
            case Number number -> checkedNumber(number);
            case Map<?, ?> map -> copyOfMap(map);
            case Iterable<?> list -> copyOfList(list);
            default ->
                throw new IllegalArgumentException("no JSON value: "
                        + value.getClass().getName() + "; expected a Map, List, String, Number, Boolean or null");
        };
    }

    /** The value as an object with text keys; the caller has seen that it is a map. */
    @SuppressWarnings("unchecked") // every map here was built with text keys by copyOf or JsonReader
    static Map<String, @Nullable Object> asObject(Object value) {
        return (Map<String, @Nullable Object>) value;
    }

    private static Number checkedNumber(Number number) {
        return switch (number) {
            case Byte _, Short _, Integer _, Long _, BigInteger _, Float _, Double _, BigDecimal _ -> number;
            default ->
                throw new IllegalArgumentException(
                        "no JSON number: " + number.getClass().getName());
        };
    }

    private static Map<String, @Nullable Object> copyOfMap(Map<?, ?> map) {
        Map<String, @Nullable Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String key)) {
                throw new IllegalArgumentException("a JSON object has text as keys, found " + entry.getKey());
            }
            copy.put(key, copyOf(entry.getValue()));
        }
        return Collections.unmodifiableMap(copy);
    }

    private static List<@Nullable Object> copyOfList(Iterable<?> list) {
        List<@Nullable Object> copy = new ArrayList<>();
        for (Object element : list) {
            copy.add(copyOf(element));
        }
        return Collections.unmodifiableList(copy);
    }
}
