package dev.demitasse.chat;

import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a tool returned, as text for the model. */
final class ToolResults {
    private ToolResults() {}

    static String text(@Nullable Object result) {
        return result instanceof String text ? text : PythonJson.write(json(result));
    }

    private static @Nullable Object json(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Boolean flag -> flag;
            case Byte _, Short _, Integer _, Long _, Float _, Double _ -> value;
            case java.math.BigInteger number -> number;
            case java.math.BigDecimal number -> number;
            case Enum<?> constant -> constant.name();
            case Optional<?> optional -> json(optional.orElse(null));
            case Map<?, ?> map -> object(map);
            case Iterable<?> list -> list(list);
            case Record tuple -> object(tuple);
            default -> value.getClass().isArray() ? array(value) : value.toString();
        };
    }

    private static Map<String, @Nullable Object> object(Map<?, ?> map) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        map.forEach((key, value) -> object.put(String.valueOf(key), json(value)));
        return object;
    }

    private static Map<String, @Nullable Object> object(Record tuple) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (RecordComponent component : tuple.getClass().getRecordComponents()) {
            object.put(component.getName(), json(read(component, tuple)));
        }
        return object;
    }

    private static @Nullable Object read(RecordComponent component, Record tuple) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(tuple);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(
                    "the component " + component.getName() + " of "
                            + tuple.getClass().getName()
                            + " cannot be read. In a named module, add: opens "
                            + tuple.getClass().getPackageName() + " to dev.demitasse.chat;",
                    e);
        }
    }

    private static List<@Nullable Object> list(Iterable<?> list) {
        List<@Nullable Object> copy = new ArrayList<>();
        list.forEach(element -> copy.add(json(element)));
        return copy;
    }

    private static List<@Nullable Object> array(Object array) {
        List<@Nullable Object> copy = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) {
            copy.add(json(Array.get(array, i)));
        }
        return copy;
    }
}
