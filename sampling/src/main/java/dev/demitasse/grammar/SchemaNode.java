package dev.demitasse.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema, or a schema inside of one, that is an object: its keywords, read with checks. Keywords that are not known
 * are refused.
 *
 * @param keywords values by keyword
 * @param place JSON pointer, for messages
 */
record SchemaNode(Map<String, @Nullable Object> keywords, String place) {
    /** Keywords that say nothing about which values are valid. */
    static final Set<String> ANNOTATIONS = Set.of(
            "$schema",
            "$id",
            "$comment",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly");

    private static final Set<String> SUPPORTED = Set.of(
            "$ref",
            "type",
            "enum",
            "const",
            "anyOf",
            "oneOf",
            "allOf",
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "pattern",
            "format",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum");

    private static final List<String> TYPES =
            List.of("object", "array", "string", "integer", "number", "boolean", "null");

    /** Keywords by the type they are about: where no type is given, they tell which one is meant. */
    private static final Map<String, Set<String>> ABOUT = Map.of(
            "object", Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
            "array", Set.of("items", "prefixItems", "minItems", "maxItems"),
            "string", Set.of("minLength", "maxLength", "pattern", "format"),
            "number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"));

    SchemaNode {
        for (Map.Entry<String, @Nullable Object> keyword : keywords.entrySet()) {
            String name = keyword.getKey();
            boolean off = Boolean.FALSE.equals(keyword.getValue()) && name.equals("uniqueItems");
            if (!ANNOTATIONS.contains(name) && !SUPPORTED.contains(name) && !off) {
                throw new GrammarException(
                        "JSON Schema: found the keyword " + name + " at " + place + ", which is not supported");
            }
        }
    }

    /** Checks that a value is a schema object. */
    static SchemaNode of(@Nullable Object schema, String place) {
        if (!(schema instanceof Map<?, ?> map)) {
            throw new GrammarException(
                    "JSON Schema: found " + schema + " at " + place + "; expected an object, true or false");
        }
        Map<String, @Nullable Object> keywords = new LinkedHashMap<>();
        map.forEach((name, value) -> keywords.put(String.valueOf(name), value));
        return new SchemaNode(keywords, place);
    }

    boolean has(String keyword) {
        return keywords.containsKey(keyword);
    }

    @Nullable
    Object get(String keyword) {
        return keywords.get(keyword);
    }

    String place(String keyword) {
        return place + "/" + keyword;
    }

    GrammarException bad(String keyword, String expected) {
        return new GrammarException(
                "JSON Schema: " + place(keyword) + ": found " + get(keyword) + "; expected " + expected);
    }

    /** The keywords without some. */
    SchemaNode without(Set<String> names) {
        Map<String, @Nullable Object> rest = new LinkedHashMap<>(keywords);
        rest.keySet().removeAll(names);
        return new SchemaNode(rest, place);
    }

    /** Whether nothing but annotations is there. */
    boolean saysNothing() {
        return ANNOTATIONS.containsAll(keywords.keySet());
    }

    /** The types that are allowed: as given, else those that keywords are about, else all. */
    Set<String> types() {
        Set<String> types = new LinkedHashSet<>();
        if (has("type")) {
            for (Object type : get("type") instanceof List<?> list ? list : list("type", get("type"))) {
                if (!(type instanceof String name) || !TYPES.contains(name)) {
                    throw bad("type", "some of " + TYPES);
                }
                types.add(name);
            }
            return types;
        }
        for (String type : TYPES) {
            if (ABOUT.getOrDefault(type, Set.of()).stream().anyMatch(this::has)) {
                types.add(type);
            }
        }
        return types.isEmpty() ? new LinkedHashSet<>(TYPES) : types;
    }

    private static List<?> list(String keyword, @Nullable Object value) {
        if (value == null) {
            throw new GrammarException("JSON Schema: found null as " + keyword);
        }
        return List.of(value);
    }

    int count(String keyword, int otherwise) {
        if (!has(keyword)) {
            return otherwise;
        }
        BigDecimal number = number(keyword);
        if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
            throw bad(keyword, "a whole number from 0 on");
        }
        return number.min(BigDecimal.valueOf(Integer.MAX_VALUE)).intValue();
    }

    BigDecimal number(String keyword) {
        return switch (get(keyword)) {
            case BigDecimal decimal -> decimal;
            case BigInteger integer -> new BigDecimal(integer);
            case Double number when Double.isFinite(number) -> BigDecimal.valueOf(number);
            case Integer number -> BigDecimal.valueOf(number);
            case Long number -> BigDecimal.valueOf(number);
            case null, default -> throw bad(keyword, "a number");
        };
    }

    String text(String keyword) {
        if (get(keyword) instanceof String text) {
            return text;
        }
        throw bad(keyword, "a string");
    }

    List<?> list(String keyword) {
        if (get(keyword) instanceof List<?> list) {
            return list;
        }
        throw bad(keyword, "an array");
    }

    /** Schemas by property name, in the order of the schema. */
    Map<String, @Nullable Object> properties() {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        if (has("properties")) {
            if (!(get("properties") instanceof Map<?, ?> map)) {
                throw bad("properties", "an object");
            }
            map.forEach((name, schema) -> properties.put(String.valueOf(name), schema));
        }
        return properties;
    }

    List<String> required() {
        List<String> names = new ArrayList<>();
        for (Object name : has("required") ? list("required") : List.of()) {
            if (!(name instanceof String text)) {
                throw bad("required", "an array of strings");
            }
            names.add(text);
        }
        return names;
    }
}
