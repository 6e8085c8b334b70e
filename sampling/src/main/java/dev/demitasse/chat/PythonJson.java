package dev.demitasse.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON as Python's {@code json.dumps(value, ensure_ascii=False)} does, because models were trained on prompts
 * written that way: {@code ", "} and {@code ": "} between values, floats as Python's {@code repr}.
 */
final class PythonJson {
    private static final String HEX = "0123456789abcdef";

    private PythonJson() {}

    static String write(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        append(value, out);
        return out.toString();
    }

    private static void append(@Nullable Object value, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case String text -> appendString(text, out);
            case Boolean flag -> out.append(flag.booleanValue());
            case Number number -> appendNumber(number, out);
            case Map<?, ?> map -> appendObject(map, out);
            case Iterable<?> list -> appendArray(list, out);
            default ->
                throw new IllegalArgumentException(
                        "no JSON value: " + value.getClass().getName());
        }
    }

    private static void appendObject(Map<?, ?> map, StringBuilder out) {
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            appendString(String.valueOf(entry.getKey()), out);
            out.append(": ");
            append(entry.getValue(), out);
            separator = ", ";
        }
        out.append('}');
    }

    private static void appendArray(Iterable<?> list, StringBuilder out) {
        out.append('[');
        for (Iterator<?> elements = list.iterator(); elements.hasNext(); ) {
            append(elements.next(), out);
            if (elements.hasNext()) {
                out.append(", ");
            }
        }
        out.append(']');
    }

    private static void appendString(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static void appendNumber(Number number, StringBuilder out) {
        switch (number) {
            case Double d -> out.append(repr(d));
            // the shortest digits of the float, read again as the double that Python would hold
            case Float f -> out.append(repr(Double.parseDouble(Float.toString(f))));
            case BigDecimal decimal -> out.append(repr(decimal.doubleValue()));
            case BigInteger integer -> out.append(integer);
            default -> out.append(number.longValue());
        }
    }

    /** Python's {@code repr} of a float: shortest digits, positional from 1e-4 up to 1e16. */
    static String repr(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        if (value == 0) {
            return 1 / value > 0 ? "0.0" : "-0.0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        String magnitude =
                exponent >= -4 && exponent < 16 ? positional(digits, exponent) : scientific(digits, exponent);
        return value < 0 ? "-" + magnitude : magnitude;
    }

    /** The fewest digits that read back as {@code value}; among those the closest. */
    private static BigDecimal shortest(double value) {
        // Java writes at least two digits, and with two it picks the closest, so that one digit may also do: 4.9E-324
        BigDecimal java = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (java.precision() == 2) {
            BigDecimal one = java.round(new java.math.MathContext(1));
            if (one.doubleValue() == value) {
                return one.stripTrailingZeros();
            }
        }
        return java;
    }

    private static String positional(String digits, int exponent) {
        if (exponent < 0) {
            return "0." + "0".repeat(-exponent - 1) + digits;
        }
        if (digits.length() <= exponent + 1) {
            return digits + "0".repeat(exponent + 1 - digits.length()) + ".0";
        }
        return digits.substring(0, exponent + 1) + "." + digits.substring(exponent + 1);
    }

    private static String scientific(String digits, int exponent) {
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        String sign = exponent < 0 ? "-" : "+";
        String magnitude = Integer.toString(Math.abs(exponent));
        return digits.charAt(0) + fraction + "e" + sign + (magnitude.length() < 2 ? "0" : "") + magnitude;
    }
}
