package dev.demitasse.tokenizer;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A small JSON object, read whole. Every key has to be asked for: one that is not is refused in {@link #nothingElse},
 * for it might change the token ids. Values are String, Long, Double, Boolean, null, List and JsonSection.
 */
final class JsonSection {
    /** More than this is not a small object. */
    private static final int MAX_VALUES = 4_096;

    private final String path;
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();
    private final Set<String> asked = new HashSet<>();

    /** Makes an empty section; {@code path} says where in the document it is. */
    JsonSection(String path) {
        this.path = path;
    }

    /** Reads the object whose start the parser stands at. */
    static JsonSection read(JsonParser parser, String path) {
        expectToken(parser, JsonToken.START_OBJECT, path);
        return readObject(parser, path, new int[1]);
    }

    /** Reads the value that the parser stands at. */
    void put(String key, JsonParser parser) {
        if (values.containsKey(key)) {
            throw duplicateKey(path, key);
        }
        values.put(key, readValue(parser, path(key), new int[1]));
    }

    /** Marks that a key of the document, read by other means, was seen. */
    void putSeen(String key) {
        asked.add(key);
        if (values.putIfAbsent(key, true) != null) {
            throw duplicateKey(path, key);
        }
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    boolean isNull(String key) {
        return ask(key) == null;
    }

    String string(String key) {
        return required(key, String.class, "a string");
    }

    long integer(String key) {
        return required(key, Long.class, "an integer");
    }

    boolean flag(String key, boolean ifAbsent) {
        return has(key) ? required(key, Boolean.class, "true or false") : ifAbsent;
    }

    JsonSection section(String key) {
        return required(key, JsonSection.class, "an object");
    }

    /** Returns a required array of objects. */
    List<JsonSection> sections(String key) {
        List<JsonSection> sections = new ArrayList<>();
        for (Object element : required(key, List.class, "an array")) {
            if (!(element instanceof JsonSection section)) {
                throw badType(path(key), element, "an array of objects");
            }
            sections.add(section);
        }
        return sections;
    }

    /** Refuses a value other than those supported; an absent key counts as null. */
    void supportOnly(String key, @Nullable Object... supported) {
        Object value = ask(key);
        if (Arrays.stream(supported).noneMatch(candidate -> Objects.equals(candidate, value))) {
            throw new TokenizerFormatException(
                    Fault.UNSUPPORTED_TOKENIZER,
                    path(key) + " is " + describe(value) + "; supported: "
                            + String.join(
                                    ", ",
                                    Arrays.stream(supported)
                                            .map(JsonSection::describe)
                                            .toList()));
        }
    }

    /** Refuses keys that nobody asked for. */
    void nothingElse() {
        for (String key : values.keySet()) {
            if (!asked.contains(key)) {
                throw new TokenizerFormatException(
                        Fault.UNSUPPORTED_TOKENIZER, path(key) + " is not a setting that is known here");
            }
        }
    }

    String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private @Nullable Object ask(String key) {
        asked.add(key);
        return values.get(key);
    }

    private <T> T required(String key, Class<T> type, String expected) {
        if (!has(key)) {
            throw missing(path(key));
        }
        Object value = ask(key);
        if (!type.isInstance(value)) {
            throw badType(path(key), value, expected);
        }
        return type.cast(value);
    }

    private static JsonSection readObject(JsonParser parser, String path, int[] valuesRead) {
        JsonSection section = new JsonSection(path);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            if (section.has(key)) {
                throw duplicateKey(path, key);
            }
            section.values.put(key, readValue(parser, section.path(key), valuesRead));
        }
        return section;
    }

    private static @Nullable Object readValue(JsonParser parser, String path, int[] valuesRead) {
        if (++valuesRead[0] > MAX_VALUES) {
            throw new TokenizerFormatException(Fault.TOO_LARGE, path + ": more than " + MAX_VALUES + " values");
        }
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> readObject(parser, path, valuesRead);
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(readValue(parser, path + "[" + elements.size() + "]", valuesRead));
                }
                yield elements;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> integer(parser, path);
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new TokenizerFormatException(Fault.BAD_JSON, path + ": unexpected " + token);
        };
    }

    /** Returns the integer that the parser stands at. */
    static long integer(JsonParser parser, String path) {
        expectToken(parser, JsonToken.VALUE_NUMBER_INT, path);
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw new TokenizerFormatException(
                    Fault.BAD_VALUE, path + " is " + parser.getString() + "; expected a number of at most 64 bits");
        }
        return parser.getLongValue();
    }

    /** Refuses what the parser stands at unless it is what is expected. */
    static void expectToken(JsonParser parser, JsonToken expected, String path) {
        if (parser.currentToken() != expected) {
            throw new TokenizerFormatException(
                    Fault.BAD_JSON_TYPE,
                    (path.isEmpty() ? "the document" : path) + " is " + describe(parser.currentToken()) + "; expected "
                            + describe(expected));
        }
    }

    static TokenizerFormatException missing(String path) {
        return new TokenizerFormatException(Fault.MISSING_KEY, path + " is missing");
    }

    private static TokenizerFormatException duplicateKey(String path, String key) {
        return new TokenizerFormatException(
                Fault.DUPLICATE_KEY, (path.isEmpty() ? key : path + "." + key) + " is there twice");
    }

    private static TokenizerFormatException badType(String path, @Nullable Object value, String expected) {
        return new TokenizerFormatException(
                Fault.BAD_JSON_TYPE, path + " is " + describe(value) + "; expected " + expected);
    }

    private static String describe(@Nullable Object value) {
        return switch (value) {
            case null -> "null or absent";
            case JsonSection section -> "an object";
            case List<?> list -> "an array";
            case JsonToken token ->
                switch (token) {
                    case START_OBJECT -> "an object";
                    case START_ARRAY -> "an array";
                    case VALUE_STRING -> "a string";
                    case VALUE_NUMBER_INT -> "an integer";
                    case VALUE_NUMBER_FLOAT -> "a fraction";
                    case VALUE_TRUE, VALUE_FALSE -> "true or false";
                    case VALUE_NULL -> "null";
                    default -> token.toString();
                };
            case String text -> '"' + (text.length() <= 200 ? text : text.substring(0, 200) + "...") + '"';
            default -> value.toString();
        };
    }
}
