package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** A small JSON file that is one object, with getters that check types: {@code config.json}. A null is an absent key. */
final class JsonObject {
    // A hundred times what such a file needs.
    private static final long MAX_BYTES = 1 << 20;
    private static final int MAX_DEPTH = 32;

    private final Path file;
    private final String prefix;
    private final Map<String, @Nullable Object> values;

    private JsonObject(Path file, String prefix, Map<String, @Nullable Object> values) {
        this.file = file;
        this.prefix = prefix;
        this.values = values;
    }

    /** @throws FileFormatException if there is no such file, or it is not one JSON object in UTF-8 */
    static JsonObject read(Path file) {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .build())
                .build();
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text(file))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw badJson(file, "something else", null);
            }
            JsonObject object = new JsonObject(file, "", object(parser, file));
            if (parser.nextToken() != null) {
                throw badJson(file, "more text after it", null);
            }
            return object;
        } catch (JacksonException failure) {
            throw badJson(file, failure.getOriginalMessage(), failure);
        }
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw badJson(file, Files.size(file) + " bytes", null);
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (NoSuchFileException absent) {
            throw new FileFormatException(
                    Kind.MISSING_FILE,
                    file,
                    "the path",
                    "no such file",
                    "the model's configuration",
                    "Safetensors files need the config.json of their model beside them.",
                    absent);
        } catch (CharacterCodingException failure) {
            throw new FileFormatException(
                    Kind.BAD_UTF8, file, "the text", "bytes that are not UTF-8", "UTF-8 text", "", failure);
        } catch (IOException failure) {
            throw new FileFormatException(
                    Kind.UNREADABLE, file, "the path", failure.toString(), "a readable file", "", failure);
        }
    }

    private static FileFormatException badJson(Path file, String found, @Nullable Throwable cause) {
        return new FileFormatException(
                Kind.BAD_JSON,
                file,
                "the text",
                found,
                "one JSON object of at most " + MAX_BYTES + " bytes",
                "",
                cause);
    }

    private static Map<String, @Nullable Object> object(JsonParser parser, Path file) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            Object value = value(parser, file);
            if (object.containsKey(key)) {
                throw new FileFormatException(Kind.DUPLICATE_KEY, file, "key " + key, "it twice", "every key once", "");
            }
            object.put(key, value);
        }
        return object;
    }

    private static @Nullable Object value(JsonParser parser, Path file) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, file);
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser, file));
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

    /** The keys, in the order of the file; one whose value is null is among them. */
    Set<String> keys() {
        return values.keySet();
    }

    boolean has(String key) {
        return values.get(key) != null;
    }

    /** Whether the key is there, if only with a null. */
    boolean mentions(String key) {
        return values.containsKey(key);
    }

    String string(String key) {
        if (required(key) instanceof String text) {
            return text;
        }
        throw wrongType(key, "a string");
    }

    long integer(String key) {
        Object value = required(key);
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw wrongType(key, "an integer of at most 64 bits");
    }

    double real(String key) {
        if (required(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw wrongType(key, "a number");
    }

    boolean bool(String key, boolean absent) {
        if (!has(key)) {
            return absent;
        }
        if (required(key) instanceof Boolean bool) {
            return bool;
        }
        throw wrongType(key, "true or false");
    }

    List<?> list(String key) {
        if (required(key) instanceof List<?> list) {
            return list;
        }
        throw wrongType(key, "a list");
    }

    @SuppressWarnings("unchecked") // this class made it
    JsonObject object(String key) {
        if (required(key) instanceof Map<?, ?> map) {
            return new JsonObject(file, prefix + key + ".", (Map<String, @Nullable Object>) map);
        }
        throw wrongType(key, "an object");
    }

    /** The value as people would read it, for messages. */
    String shown(String key) {
        Object value = values.get(key);
        String text = value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }

    /** The key with those of the objects around it, for messages. */
    String path(String key) {
        return prefix + key;
    }

    private Object required(String key) {
        Object value = values.get(key);
        if (value == null) {
            Kind kind = mentions(key) ? Kind.BAD_VALUE : Kind.MISSING_KEY;
            throw new FileFormatException(
                    kind,
                    file,
                    "key " + path(key),
                    mentions(key) ? "null" : "no such key",
                    "it to be there",
                    "Take the config.json that belongs to these weights.");
        }
        return value;
    }

    private FileFormatException wrongType(String key, String expected) {
        return new FileFormatException(Kind.BAD_VALUE, file, "key " + path(key), shown(key), expected, "");
    }
}
