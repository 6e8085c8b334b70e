package dev.demitasse.chat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads JSON text into plain values as Python would: whole numbers of any size, other numbers as doubles. */
final class JsonReader {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Function<JsonParser, Number> fraction;

    private JsonReader(Function<JsonParser, Number> fraction) {
        this.fraction = fraction;
    }

    /**
     * Reads one JSON value that is all of {@code text}.
     *
     * @throws TemplateException if the text is not JSON
     */
    static @Nullable Object read(String text) {
        return new JsonReader(JsonParser::getDoubleValue).readAll(text);
    }

    /**
     * Like {@link #read}, but with numbers as they are written, as {@link BigDecimal}.
     *
     * @throws TemplateException if the text is not JSON
     */
    static @Nullable Object readExactly(String text) {
        return new JsonReader(JsonParser::getDecimalValue).readAll(text);
    }

    private @Nullable Object readAll(String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new TemplateException("expected JSON, found nothing");
            }
            Object value = value(parser, first);
            if (parser.nextToken() != null) {
                throw new TemplateException("expected the end of the JSON text, found more at " + place(parser));
            }
            return value;
        } catch (JacksonException malformed) {
            throw new TemplateException("not JSON: " + malformed.getOriginalMessage(), malformed);
        }
    }

    private @Nullable Object value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> fraction.apply(parser);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new TemplateException("unexpected " + token + " at " + place(parser));
        };
    }

    // Depth is bounded by the parser's own limit on nesting.
    private Map<String, @Nullable Object> object(JsonParser parser) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            object.put(name, value(parser, parser.nextToken()));
        }
        return object;
    }

    private List<@Nullable Object> array(JsonParser parser) {
        List<@Nullable Object> array = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            array.add(value(parser, token));
        }
        return array;
    }

    private static String place(JsonParser parser) {
        return "line " + parser.currentTokenLocation().getLineNr() + ", column "
                + parser.currentTokenLocation().getColumnNr();
    }
}
