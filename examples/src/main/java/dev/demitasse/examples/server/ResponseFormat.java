package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.DemitasseException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads what a reply has to be. */
final class ResponseFormat {
    static final String ANY_OBJECT = "{\"type\":\"object\",\"additionalProperties\":true}";
    private static final String FIELD = "response_format";
    private static final String SCHEMA = "json_schema";

    private ResponseFormat() {}

    /** The field {@code response_format}. */
    static void set(Fields fields, ChatOptions.Builder options) {
        Fields format = fields.object(FIELD);
        if (format != null) {
            set(format, FIELD, format.object(SCHEMA), FIELD + "." + SCHEMA, options);
        }
    }

    /** The field {@code text.format} of responses, where name and schema are on one level with the type. */
    static void setFlat(Fields text, ChatOptions.Builder options) {
        Fields format = text.object("format");
        if (format != null) {
            set(format, "text.format", format, "text.format", options);
        }
    }

    private static void set(
            Fields format, String place, @Nullable Fields named, String namedPlace, ChatOptions.Builder options) {
        switch (String.valueOf(format.text("type"))) {
            case "text" -> {}
            case "json_object" -> setSchema(options, ANY_OBJECT, place);
            case SCHEMA -> {
                JsonNode schema = named == null ? null : named.value("schema");
                if (schema == null) {
                    throw ApiException.badField(namedPlace + ".schema", "missing");
                }
                setSchema(options, schema.toString(), place);
            }
            default -> throw ApiException.badField(place + ".type", "expected text, json_object or json_schema");
        }
    }

    /** Holds a reply to a schema; one that is none, or has keywords that nothing here enforces, is an error of the field. */
    static void setSchema(ChatOptions.Builder options, String schema, String field) {
        try {
            options.jsonSchema(schema);
        } catch (DemitasseException e) {
            throw ApiException.badField(field, String.valueOf(e.getMessage()));
        }
    }
}
