package dev.demitasse.grammar;

import static dev.demitasse.grammar.Expression.any;
import static dev.demitasse.grammar.Expression.choice;
import static dev.demitasse.grammar.Expression.oneOf;
import static dev.demitasse.grammar.Expression.optional;
import static dev.demitasse.grammar.Expression.repeat;
import static dev.demitasse.grammar.Expression.sequence;
import static dev.demitasse.grammar.Expression.text;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How JSON is written (RFC 8259), a little narrower: one space or none after a colon and a comma and no other white space,
 * so that no text is endless for want of content; no half surrogate pairs; numbers of at most 15 digits on each side of
 * the point, with exponents of two digits, so that every reader understands the same number.
 */
final class JsonText {
    static final int MOST_DIGITS = 15;

    private static final CharSet DIGIT = CharSet.range('0', '9');
    private static final CharSet HEX = CharSet.of("0123456789abcdefABCDEF");
    /** What must be escaped in a string. */
    private static final CharSet ESCAPED = CharSet.range(0, 0x1F).or(CharSet.of("\"\\"));

    private static final CharSet PLAIN = ESCAPED.complement();

    /** One character of a string, as it is or escaped. */
    static final Expression CHARACTER = new Expression.Rule("character")
            .define(choice(
                    oneOf(PLAIN),
                    sequence(
                            text("\\"),
                            choice(
                                    oneOf(CharSet.of("\"\\/bfnrt")),
                                    sequence(
                                            text("u"),
                                            choice(
                                                    sequence(
                                                            oneOf(HEX.minus(CharSet.of("dD"))),
                                                            repeat(oneOf(HEX), 3, 3)),
                                                    sequence(
                                                            oneOf(CharSet.of("dD")),
                                                            oneOf(CharSet.range('0', '7')),
                                                            repeat(oneOf(HEX), 2, 2))))))));

    static final Expression STRING =
            new Expression.Rule("string").define(sequence(text("\""), any(CHARACTER), text("\"")));

    static final Expression INTEGER = choice(
            text("0"), sequence(optional(text("-")), oneOf(CharSet.range('1', '9')), digits(0, MOST_DIGITS - 1)));

    static final Expression NUMBER = sequence(
            optional(text("-")),
            choice(text("0"), sequence(oneOf(CharSet.range('1', '9')), digits(0, MOST_DIGITS - 1))),
            optional(sequence(text("."), digits(1, MOST_DIGITS))),
            optional(sequence(oneOf(CharSet.of("eE")), optional(oneOf(CharSet.of("+-"))), digits(1, 2))));

    static final Expression COMMA = sequence(text(","), optional(text(" ")));
    static final Expression COLON = sequence(text(":"), optional(text(" ")));

    static final Expression OBJECT = new Expression.Rule("object");
    static final Expression ARRAY = new Expression.Rule("array");

    /** Any JSON value. */
    static final Expression VALUE = new Expression.Rule("value")
            .define(choice(text("null"), text("true"), text("false"), NUMBER, STRING, OBJECT, ARRAY));

    static {
        ((Expression.Rule) OBJECT).define(map(STRING, VALUE, 0, Expression.UNBOUNDED));
        ((Expression.Rule) ARRAY).define(list(VALUE, 0, Expression.UNBOUNDED));
    }

    private JsonText() {}

    static Expression digits(int min, int max) {
        return repeat(oneOf(DIGIT), min, max);
    }

    /** An array of values of one kind. */
    static Expression list(Expression element, int min, int max) {
        return sequence(text("["), separated(element, min, max), text("]"));
    }

    /** An object with any keys of one kind. */
    static Expression map(Expression key, Expression value, int min, int max) {
        return sequence(text("{"), separated(sequence(key, COLON, value), min, max), text("}"));
    }

    /** Some elements with commas between them. */
    static Expression separated(Expression element, int min, int max) {
        if (max == 0) {
            return Expression.NOTHING;
        }
        int more = max == Expression.UNBOUNDED ? max : max - 1;
        Expression some = sequence(element, repeat(sequence(COMMA, element), Math.max(0, min - 1), more));
        return min == 0 ? optional(some) : some;
    }

    /** A text as a JSON string, the one way in which it is usually written. */
    static Expression string(String value) {
        return text(quote(value));
    }

    static String quote(String value) {
        StringBuilder quoted = new StringBuilder("\"");
        value.codePoints().forEach(c -> quoted.append(escape(c)));
        return quoted.append('"').toString();
    }

    private static String escape(int character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default ->
                ESCAPED.contains(character)
                        ? "\\u00" + HexFormat.of().toHexDigits((byte) character)
                        : Character.toString(character);
        };
    }

    /** A given JSON value: maps, lists, strings, numbers, booleans, null. */
    static Expression constant(@Nullable Object value) {
        return switch (value) {
            case null -> text("null");
            case String string -> string(string);
            case Boolean flag -> text(flag.toString());
            case Number number -> text(number(number));
            case List<?> list -> {
                List<Expression> parts = new ArrayList<>(List.of(text("[")));
                for (Object element : list) {
                    addTo(parts, constant(element));
                }
                parts.add(text("]"));
                yield new Expression.Sequence(parts);
            }
            case Map<?, ?> map -> {
                List<Expression> parts = new ArrayList<>(List.of(text("{")));
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    addTo(parts, sequence(string(String.valueOf(entry.getKey())), COLON, constant(entry.getValue())));
                }
                parts.add(text("}"));
                yield new Expression.Sequence(parts);
            }
            default ->
                throw new GrammarException("no JSON value: " + value.getClass().getName());
        };
    }

    private static void addTo(List<Expression> parts, Expression element) {
        if (parts.size() > 1) {
            parts.add(COMMA);
        }
        parts.add(element);
    }

    private static String number(Number number) {
        if (number instanceof Double || number instanceof Float) {
            double value = number.doubleValue();
            if (!Double.isFinite(value)) {
                throw new GrammarException("no JSON number: " + number);
            }
            return value == Math.rint(value) && Math.abs(value) < 1e15
                    ? Long.toString((long) value)
                    : number.toString();
        }
        return number.toString();
    }

    /** An expression over the content of a string, as the string is written: what must be escaped is escaped. */
    static Expression quoted(Expression content) {
        return sequence(text("\""), escaped(content), text("\""));
    }

    private static Expression escaped(Expression content) {
        return switch (content) {
            case Expression.Text(String text) -> {
                String quoted = quote(text);
                yield text(quoted.substring(1, quoted.length() - 1));
            }
            case Expression.OneOf(CharSet characters) -> escaped(characters);
            case Expression.Sequence(List<Expression> parts) ->
                new Expression.Sequence(parts.stream().map(JsonText::escaped).toList());
            case Expression.Choice(List<Expression> alternatives) ->
                new Expression.Choice(
                        alternatives.stream().map(JsonText::escaped).toList());
            case Expression.Repeat(Expression body, int min, int max) -> repeat(escaped(body), min, max);
            case Expression.Rule rule -> throw new GrammarException("a pattern has no rules, found " + rule);
        };
    }

    private static Expression escaped(CharSet characters) {
        List<Expression> alternatives = new ArrayList<>();
        alternatives.add(oneOf(characters.minus(ESCAPED)));
        CharSet special = characters.and(ESCAPED);
        for (int i = 0; i < special.ranges(); i++) {
            for (int c = special.first(i); c <= special.last(i); c++) {
                alternatives.add(text(escape(c)));
            }
        }
        return choice(alternatives);
    }

    /** A string other than some: written without escapes, so that none of them can come in disguise. */
    static Expression stringOtherThan(Set<String> excluded) {
        return sequence(text("\""), otherThan("", new TreeSet<>(excluded)), text("\""));
    }

    private static Expression otherThan(String begun, Set<String> excluded) {
        CharSet.Builder continued = new CharSet.Builder();
        List<Expression> alternatives = new ArrayList<>();
        for (String text : excluded) {
            if (text.startsWith(begun) && text.length() > begun.length()) {
                int c = text.codePointAt(begun.length());
                if (PLAIN.contains(c) && !continued.build().contains(c)) {
                    continued.add(c, c);
                    alternatives.add(
                            sequence(text(Character.toString(c)), otherThan(begun + Character.toString(c), excluded)));
                }
            }
        }
        alternatives.add(sequence(oneOf(PLAIN.minus(continued.build())), any(oneOf(PLAIN))));
        if (!excluded.contains(begun)) {
            alternatives.add(Expression.NOTHING);
        }
        return choice(alternatives);
    }
}
