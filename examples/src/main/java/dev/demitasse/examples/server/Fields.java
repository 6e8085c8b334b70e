package dev.demitasse.examples.server;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a JSON object, read with their checks: a value of the wrong kind or out of range is an error that names the
 * field, and null stands for a field that is not there.
 */
final class Fields {
    private final ObjectNode object;
    private final String prefix;

    /** @param prefix where the object is, for messages: "" or "stream_options." */
    Fields(ObjectNode object, String prefix) {
        this.object = object;
        this.prefix = prefix;
    }

    /** A value that is there and not null, or null. */
    @Nullable
    JsonNode value(String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    boolean has(String name) {
        return value(name) != null;
    }

    @Nullable
    String text(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isString()) {
            throw wrong(name, "a string", value);
        }
        return value.stringValue();
    }

    boolean flag(String name) {
        return flag(name, false);
    }

    boolean flag(String name, boolean ifMissing) {
        JsonNode value = value(name);
        if (value == null) {
            return ifMissing;
        }
        if (!value.isBoolean()) {
            throw wrong(name, "true or false", value);
        }
        return value.booleanValue();
    }

    @Nullable
    Integer integer(String name, int least, int most) {
        Long value = integer(name, (long) least, (long) most);
        return value == null ? null : value.intValue();
    }

    @Nullable
    Long integer(String name, long least, long most) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        boolean whole = value.isNumber() && value.canConvertToExactIntegral() && value.canConvertToLong();
        if (!whole || value.longValue() < least || value.longValue() > most) {
            throw wrong(name, "a whole number from " + least + " to " + most, value);
        }
        return value.longValue();
    }

    @Nullable
    Double number(String name, double least, double most) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw wrong(name, "a number from " + least + " to " + most, value);
        }
        return value.doubleValue();
    }

    /** An array of strings; one string stands for an array of one. */
    @Nullable
    List<String> texts(String name, int most) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : value.isArray() ? value : List.of(value)) {
            if (!element.isString() || element.stringValue().isEmpty()) {
                throw wrong(name, "a string that is not empty, or an array of such", element);
            }
            texts.add(element.stringValue());
        }
        if (texts.size() > most) {
            throw ApiException.badField(prefix + name, "found " + texts.size() + " strings, expected at most " + most);
        }
        return texts;
    }

    /** The elements of an array; none if it is not there. */
    Iterable<JsonNode> array(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(name, "an array", value);
        }
        return value;
    }

    @Nullable
    Fields object(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode inner)) {
            throw wrong(name, "an object", value);
        }
        return new Fields(inner, prefix + name + ".");
    }

    ApiException wrong(String name, String expected, JsonNode found) {
        return ApiException.badField(prefix + name, "expected " + expected + ", found " + Json.kind(found));
    }

    /** Whether a field holds nothing: it is missing, null, or an array or object without elements. */
    boolean isEmpty(String name) {
        JsonNode value = value(name);
        return value == null || (value.isContainer() && value.isEmpty());
    }

    /** Hands a value that is there to a setter. */
    static <T> void ifPresent(@Nullable T value, Consumer<? super T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }
}
