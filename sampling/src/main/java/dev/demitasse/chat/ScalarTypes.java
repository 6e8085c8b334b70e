package dev.demitasse.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Types whose values are one JSON string, number or boolean, and {@code Object}, which is any JSON value. */
final class ScalarTypes {
    static final JavaType STRING = new Scalar("a string", Map.of("type", "string"), ScalarTypes::text);

    private static final String LOCAL_DATE_TIME =
            "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\\d|2[0-8])" + "T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?$";

    private static final JavaType ANY = new JavaType() {
        @Override
        Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
            return Map.of();
        }

        @Override
        @Nullable
        Object value(@Nullable Object json, String place) {
            return json;
        }
    };

    private static final JavaType BOOLEAN =
            new Scalar("true or false", Map.of("type", "boolean"), json -> json instanceof Boolean ? json : null);

    private static final Map<Class<?>, JavaType> TYPES = Map.ofEntries(
            Map.entry(Object.class, ANY),
            Map.entry(String.class, STRING),
            Map.entry(CharSequence.class, STRING),
            Map.entry(boolean.class, BOOLEAN),
            Map.entry(Boolean.class, BOOLEAN),
            Map.entry(byte.class, whole("int8", BigDecimal::byteValueExact)),
            Map.entry(Byte.class, whole("int8", BigDecimal::byteValueExact)),
            Map.entry(short.class, whole("int16", BigDecimal::shortValueExact)),
            Map.entry(Short.class, whole("int16", BigDecimal::shortValueExact)),
            Map.entry(int.class, whole("int32", BigDecimal::intValueExact)),
            Map.entry(Integer.class, whole("int32", BigDecimal::intValueExact)),
            Map.entry(long.class, whole("int64", BigDecimal::longValueExact)),
            Map.entry(Long.class, whole("int64", BigDecimal::longValueExact)),
            Map.entry(BigInteger.class, number(schema("integer", null), BigDecimal::toBigIntegerExact)),
            Map.entry(float.class, number(schema("number", "float"), BigDecimal::floatValue)),
            Map.entry(Float.class, number(schema("number", "float"), BigDecimal::floatValue)),
            Map.entry(double.class, number(schema("number", null), BigDecimal::doubleValue)),
            Map.entry(Double.class, number(schema("number", null), BigDecimal::doubleValue)),
            Map.entry(BigDecimal.class, number(schema("number", null), number -> number)),
            Map.entry(Number.class, number(schema("number", null), number -> number)),
            Map.entry(LocalDate.class, parsed(schema("string", "date"), LocalDate::parse)),
            Map.entry(LocalDateTime.class, parsed(pattern(LOCAL_DATE_TIME), LocalDateTime::parse)),
            Map.entry(OffsetDateTime.class, parsed(schema("string", "date-time"), OffsetDateTime::parse)),
            Map.entry(
                    Instant.class,
                    parsed(
                            schema("string", "date-time"),
                            text -> OffsetDateTime.parse(text).toInstant())),
            Map.entry(UUID.class, parsed(schema("string", "uuid"), UUID::fromString)));

    private ScalarTypes() {}

    /** The type, or null if it is none of these. */
    static @Nullable JavaType find(Class<?> type) {
        return TYPES.get(type);
    }

    private static JavaType whole(String format, Function<BigDecimal, Object> exact) {
        return number(schema("integer", format), exact);
    }

    private static JavaType number(Map<String, @Nullable Object> schema, Function<BigDecimal, Object> exact) {
        return new Scalar("a number of the right kind and size", schema, json -> {
            try {
                return json instanceof Number number ? exact.apply(new BigDecimal(number.toString())) : null;
            } catch (ArithmeticException _) {
                return null;
            }
        });
    }

    private static JavaType parsed(Map<String, @Nullable Object> schema, Function<String, Object> parse) {
        return new Scalar("a string in the form of " + schema, schema, json -> {
            try {
                return json instanceof String text ? parse.apply(text) : null;
            } catch (DateTimeException | IllegalArgumentException _) {
                return null;
            }
        });
    }

    private static Map<String, @Nullable Object> schema(String type, @Nullable String format) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", type);
        if (format != null) {
            schema.put("format", format);
        }
        return schema;
    }

    private static Map<String, @Nullable Object> pattern(String pattern) {
        Map<String, @Nullable Object> schema = schema("string", null);
        schema.put("pattern", pattern);
        return schema;
    }

    private static @Nullable Object text(@Nullable Object json) {
        return json instanceof String ? json : null;
    }

    /** A type given by its schema and a function that gives null for what is no value of it. */
    private static final class Scalar extends JavaType {
        private final String expected;
        private final Map<String, @Nullable Object> schema;
        private final Function<@Nullable Object, @Nullable Object> read;

        Scalar(
                String expected,
                Map<String, @Nullable Object> schema,
                Function<@Nullable Object, @Nullable Object> read) {
            this.expected = expected;
            this.schema = schema;
            this.read = read;
        }

        @Override
        Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
            return schema;
        }

        @Override
        Object value(@Nullable Object json, String place) {
            Object value = read.apply(json);
            if (value == null) {
                throw mismatch(json, expected, place);
            }
            return value;
        }
    }
}
