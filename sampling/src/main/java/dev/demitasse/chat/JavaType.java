package dev.demitasse.chat;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Java type as JSON: the schema of its values, and the way from JSON to a value. Immutable. */
abstract class JavaType {
    /** JSON that is no value of a type. */
    static final class Mismatch extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Mismatch(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * The JSON Schema of the values.
     *
     * @param definitions where types that have a name are written once
     */
    abstract Map<String, @Nullable Object> schema(SchemaDefinitions definitions);

    /**
     * Makes a value.
     *
     * @param json maps, lists, strings, numbers, booleans, null
     * @param place where it is, for messages
     * @throws Mismatch if it is no value of the type
     */
    abstract @Nullable Object value(@Nullable Object json, String place);

    /** Whether a component or key of this type may be missing; its value is then that of null. */
    boolean mayBeMissing() {
        return false;
    }

    /**
     * Makes a value of a JSON text.
     *
     * @throws StructuredOutputException if it is no value of the type
     */
    final @Nullable Object parse(String text) {
        Object json;
        try {
            json = JsonReader.readExactly(text);
        } catch (TemplateException malformed) {
            throw new StructuredOutputException("the reply is " + malformed.getMessage(), text, malformed);
        }
        try {
            return value(json, "the reply");
        } catch (Mismatch mismatch) {
            throw new StructuredOutputException(String.valueOf(mismatch.getMessage()), text, mismatch);
        }
    }

    static Mismatch mismatch(@Nullable Object json, String expected, String place) {
        return new Mismatch(place + ": found " + kind(json) + "; expected " + expected, null);
    }

    private static String kind(@Nullable Object json) {
        return switch (json) {
            case null -> "null";
            case Map<?, ?> _ -> "an object";
            case Iterable<?> _ -> "an array";
            case String _ -> "a string";
            case Number _ -> "a number";
            default -> "true or false";
        };
    }
}
