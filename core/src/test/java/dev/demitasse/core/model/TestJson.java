package dev.demitasse.core.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** JSON objects of test data, whose outline the tests know. */
record TestJson(Map<String, @Nullable Object> values) {
    static TestJson read(Path file) {
        return lines(file).getFirst();
    }

    /** All objects of a file of JSON lines. */
    static List<TestJson> lines(Path file) {
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(file))) {
            List<TestJson> objects = new ArrayList<>();
            while (parser.nextToken() != null) {
                objects.add(new TestJson(object(parser)));
            }
            return objects;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, @Nullable Object> object(JsonParser parser) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            object.put(key, value(parser));
        }
        return object;
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    private Object get(String key) {
        Object value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("no field " + key + " among " + values.keySet());
        }
        return value;
    }

    Set<String> keys() {
        return values.keySet();
    }

    @SuppressWarnings("unchecked")
    TestJson object(String key) {
        return new TestJson((Map<String, @Nullable Object>) get(key));
    }

    String string(String key) {
        return (String) get(key);
    }

    boolean bool(String key) {
        return (Boolean) get(key);
    }

    int integer(String key) {
        return ((Number) get(key)).intValue();
    }

    long longInteger(String key) {
        return ((Number) get(key)).longValue();
    }

    double real(String key) {
        return ((Number) get(key)).doubleValue();
    }

    List<?> list(String key) {
        return (List<?>) get(key);
    }

    int[] integers(String key) {
        return list(key).stream().mapToInt(value -> ((Number) value).intValue()).toArray();
    }

    double[] reals(String key) {
        return list(key).stream()
                .mapToDouble(value -> ((Number) value).doubleValue())
                .toArray();
    }

    float[] floats(String key) {
        double[] reals = reals(key);
        float[] floats = new float[reals.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) reals[i];
        }
        return floats;
    }
}
