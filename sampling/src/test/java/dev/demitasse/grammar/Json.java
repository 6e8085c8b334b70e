package dev.demitasse.grammar;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/** JSON text as maps, lists, strings, numbers, booleans and null. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    static @Nullable Object read(String text) {
        return MAPPER.readValue(text, Object.class);
    }
}
