package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one JSON document of known outline from strict UTF-8, front to back, without building a tree: neither depth nor
 * size of the text decides about stack or heap. What is no JSON is BAD_JSON, what is another outline BAD_HEADER.
 */
final class JsonReader implements AutoCloseable {
    // The documents read here are at most three levels deep; the rest is for fields that are skipped.
    private static final int MAX_DEPTH = 32;

    private final Path path;
    private final JsonParser parser;

    /** A document that is all of {@code text}, which comes from the file {@code path}. */
    JsonReader(Path path, byte[] text) {
        this.path = path;
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .build())
                .build();
        // A reader with its own decoder: the parser's would guess UTF-16 or UTF-32 from the first bytes.
        Reader reader = new InputStreamReader(
                new ByteArrayInputStream(text),
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        parser = factory.createParser(ObjectReadContext.empty(), reader);
    }

    /** Reads the document, which is an object, and makes sure that nothing follows it. */
    void document(Kind duplicate, Consumer<String> field) {
        JsonToken first = next();
        if (first != JsonToken.START_OBJECT) {
            throw error(Kind.BAD_JSON, describe(first), "a JSON object");
        }
        fields(field, duplicate);
        JsonToken after = parse(parser::nextToken);
        if (after != null) {
            throw error(Kind.BAD_JSON, describe(after) + " after the end of the object", "nothing");
        }
    }

    /** Reads an object; {@code field} is called with each name, which must be new, and reads the value. */
    void object(String what, Kind duplicate, Consumer<String> field) {
        expect(JsonToken.START_OBJECT, what, "an object");
        fields(field, duplicate);
    }

    private void fields(Consumer<String> field, Kind duplicate) {
        Set<String> seen = new HashSet<>();
        while (next() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (!seen.add(name)) {
                throw error(duplicate, "\"" + name + "\" a second time", "each name once");
            }
            field.accept(name);
        }
    }

    /** Reads an array of integers. */
    void integers(String what, LongConsumer element) {
        expect(JsonToken.START_ARRAY, what, "an array of integers");
        while (next() != JsonToken.END_ARRAY) {
            boolean fits = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parse(parser::getNumberType) != NumberType.BIG_INTEGER;
            if (!fits) {
                throw error(Kind.BAD_HEADER, what + " with " + describe(parser.currentToken()), "integers below 2^63");
            }
            element.accept(parse(parser::getLongValue));
        }
    }

    /** Reads a text. */
    String string(String what) {
        expect(JsonToken.VALUE_STRING, what, "a string");
        return parse(parser::getString);
    }

    /** Moves over a value of any kind. */
    void skip() {
        next();
        parse(parser::skipChildren);
    }

    FileFormatException error(Kind kind, String found, String expected) {
        return FileFormatException.damaged(kind, path, place(), found, expected);
    }

    private void expect(JsonToken token, String what, String expected) {
        JsonToken found = next();
        if (found != token) {
            throw error(Kind.BAD_HEADER, what + " given as " + describe(found), expected);
        }
    }

    private JsonToken next() {
        JsonToken token = parse(parser::nextToken);
        if (token == null) {
            throw error(Kind.BAD_JSON, "the end of the text", "more of a JSON object");
        }
        return token;
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> token.toString();
        };
    }

    private <T> T parse(Supplier<T> step) {
        try {
            return step.get();
        } catch (JacksonException failure) {
            throw new FileFormatException(
                    Kind.BAD_JSON,
                    path,
                    place(),
                    describe(failure),
                    "JSON in UTF-8",
                    "The file is damaged or incomplete; download or convert it again.",
                    failure);
        }
    }

    private static String describe(JacksonException failure) {
        if (failure.getCause() instanceof CharacterCodingException) {
            return "bytes that are not UTF-8";
        }
        // What follows in brackets speaks of the parser's own source, not of the file.
        return failure.getOriginalMessage().replaceFirst(" ?\\(start marker.*", "");
    }

    private String place() {
        return "JSON, character " + parser.currentLocation().getCharOffset();
    }

    @Override
    public void close() {
        parser.close();
    }
}
