package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.DemitasseException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads what a reply has to be. */
final class ResponseFormat {
    static final String ANY_OBJECT = "{\"type\":\"object\",\"additionalProperties\":true}";
    private static final String FIELD = "response_format";

    private ResponseFormat() {}

    /** The field {@code response_format}. */
    static void set(Fields fields, ChatOptions.Builder options) {
        Fields.ifPresent(schema(fields), schema -> setSchema(options, schema, FIELD));
    }

    /** The JSON schema that the reply is held to, or null for plain text. */
    private static @Nullable String schema(Fields fields) {
        Fields format = fields.object(FIELD);
        if (format == null) {
            return null;
        }
        return switch (String.valueOf(format.text("type"))) {
            case "text" -> null;
            case "json_object" -> ANY_OBJECT;
            case "json_schema" -> namedSchema(format);
            default -> throw ApiException.badField(FIELD + ".type", "expected text, json_object or json_schema");
        };
    }

    private static String namedSchema(Fields format) {
        Fields named = format.object("json_schema");
        JsonNode schema = named == null ? null : named.value("schema");
        if (schema == null) {
            throw ApiException.badField(FIELD + ".json_schema.schema", "missing");
        }
        return schema.toString();
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
