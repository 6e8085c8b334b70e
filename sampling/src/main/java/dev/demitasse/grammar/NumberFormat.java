package dev.demitasse.grammar;

import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The formats of numbers that OpenAPI has names for, as bounds. */
record NumberFormat(BigDecimal min, BigDecimal max) {
    private static final Map<String, NumberFormat> FORMATS = Map.of(
            "int8", signed(8),
            "int16", signed(16),
            "int32", signed(32),
            "int64", signed(64),
            // bounded, so written without an exponent: none can be too large
            "float",
                    new NumberFormat(
                            new BigDecimal(DecimalRange.LARGEST).negate(), new BigDecimal(DecimalRange.LARGEST)));

    private static NumberFormat signed(int bits) {
        BigDecimal half = BigDecimal.TWO.pow(bits - 1);
        return new NumberFormat(half.negate(), half.subtract(BigDecimal.ONE));
    }

    /** The format that a schema asks for, or null if it has none, or {@code double}, which all numbers fit. */
    static @Nullable NumberFormat of(SchemaNode node) {
        if (!node.has("format") || node.text("format").equals("double")) {
            return null;
        }
        NumberFormat format = FORMATS.get(node.text("format"));
        if (format == null) {
            throw node.bad("format", "for a number double or one of " + new TreeSet<>(FORMATS.keySet()));
        }
        return format;
    }
}
