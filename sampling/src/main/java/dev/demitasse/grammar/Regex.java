package dev.demitasse.grammar;

import static dev.demitasse.grammar.Expression.any;
import static dev.demitasse.grammar.Expression.choice;
import static dev.demitasse.grammar.Expression.oneOf;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads regular expressions, as far as Java and ECMAScript agree and they describe a regular language: characters,
 * classes, groups, alternatives, quantifiers, anchors at the ends. What looks around, behind or back, flags and word
 * boundaries are refused.
 */
public final class Regex {
    private static final CharSet LINE_ENDS = CharSet.of("\n\r\u0085\u2028\u2029");
    private static final Expression ANYTHING = any(oneOf(CharSet.ALL));
    private static final int MOST_REPETITIONS = 10_000;

    private final PatternText in;

    private Regex(String pattern) {
        this.in = new PatternText("regular expression", pattern);
    }

    /**
     * The texts that a pattern matches as a whole; anchors at its ends say nothing more.
     *
     * @throws GrammarException if the pattern is malformed or uses something that is not supported
     */
    public static Expression whole(String pattern) {
        return new Regex(pattern).pattern(Expression.NOTHING);
    }

    /**
     * The texts in which a pattern is found somewhere, as JSON Schema's {@code pattern} means it: anchors hold it to the
     * ends.
     *
     * @throws GrammarException if the pattern is malformed or uses something that is not supported
     */
    public static Expression found(String pattern) {
        return new Regex(pattern).pattern(ANYTHING);
    }

    private Expression pattern(Expression around) {
        List<Expression> alternatives = new ArrayList<>();
        do {
            boolean atStart = in.skip('^');
            Expression body = sequence();
            boolean atEnd = in.skip('$');
            alternatives.add(Expression.sequence(
                    atStart ? Expression.NOTHING : around, body, atEnd ? Expression.NOTHING : around));
        } while (in.skip('|'));
        if (!in.atEnd()) {
            throw in.unexpected(
                    in.peek() == ')' ? "')' without '('" : "something behind an anchor: only ends may be anchored");
        }
        return choice(alternatives);
    }

    private Expression alternatives() {
        List<Expression> alternatives = new ArrayList<>();
        do {
            alternatives.add(sequence());
        } while (in.skip('|'));
        return choice(alternatives);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        while (!in.atEnd() && in.peek() != '|' && in.peek() != ')' && in.peek() != '$') {
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
    }

    private Expression quantified(Expression atom) {
        Expression quantified;
        if (in.skip('*')) {
            quantified = any(atom);
        } else if (in.skip('+')) {
            quantified = Expression.repeat(atom, 1, Expression.UNBOUNDED);
        } else if (in.skip('?')) {
            quantified = Expression.optional(atom);
        } else if (in.skip('{')) {
            quantified = counted(atom);
        } else {
            return atom;
        }
        // reluctant quantifiers match the same texts in another order
        boolean _ = in.skip('?');
        if (!in.atEnd() && "*+?{".indexOf(in.peek()) >= 0) {
            throw in.unexpected("a quantifier of a quantifier (possessive ones are not supported)");
        }
        return quantified;
    }

    private Expression counted(Expression atom) {
        int min = in.number(MOST_REPETITIONS);
        int max = min;
        if (in.skip(',')) {
            max = in.peek() == '}' ? Expression.UNBOUNDED : in.number(MOST_REPETITIONS);
        }
        in.expect('}');
        return Expression.repeat(atom, min, max);
    }

    private Expression atom() {
        int c = in.next();
        return switch (c) {
            case '(' -> group();
            case '[' -> oneOf(characterClass());
            case '.' -> oneOf(LINE_ENDS.complement());
            case '\\' -> oneOf(escape());
            case '^' -> throw in.unexpected("'^' inside: only ends may be anchored");
            case '*', '+', '?', '{' -> throw in.unexpected("a quantifier of nothing");
            default -> Expression.text(Character.toString(c));
        };
    }

    private Expression group() {
        if (in.skip('?') && !in.skip(':')) {
            throw in.unexpected("a group that begins with (? and is not (?:...); look-around, names and flags are not"
                    + " supported");
        }
        Expression body = alternatives();
        if (!in.atEnd() && in.peek() == '$') {
            throw in.unexpected("'$' inside: only ends may be anchored");
        }
        in.expect(')');
        return body;
    }

    private CharSet characterClass() {
        boolean negated = in.skip('^');
        CharSet set = CharSet.NONE;
        boolean first = true;
        while (first || in.peek() != ']') {
            first = false;
            if (in.peek() == '[' || in.startsWith("&&")) {
                throw in.unexpected(
                        "a class inside a class; put a backslash in front of a character that means itself");
            }
            CharSet from = classPart();
            if (in.startsWith("-") && !in.startsWith("-]")) {
                in.expect('-');
                CharSet to = classPart();
                if (!isSingle(from) || !isSingle(to) || from.first(0) > to.first(0)) {
                    throw in.unexpected("a range that does not go from one character up to another");
                }
                from = CharSet.range(from.first(0), to.first(0));
            }
            set = set.or(from);
        }
        in.expect(']');
        return negated ? set.complement() : set;
    }

    private static boolean isSingle(CharSet set) {
        return set.ranges() == 1 && set.first(0) == set.last(0);
    }

    private CharSet classPart() {
        int c = in.next();
        if (c == '\\') {
            if (in.skip('b')) {
                return CharSet.of("\b");
            }
            return escape();
        }
        return CharSet.range(c, c);
    }

    private CharSet escape() {
        int c = in.next();
        return switch (c) {
            case 'd' -> CharacterProperties.DIGIT;
            case 'D' -> CharacterProperties.DIGIT.complement();
            case 'w' -> CharacterProperties.WORD;
            case 'W' -> CharacterProperties.WORD.complement();
            case 's' -> CharacterProperties.SPACE;
            case 'S' -> CharacterProperties.SPACE.complement();
            case 'p' -> property();
            case 'P' -> property().complement();
            case 'n' -> CharSet.of("\n");
            case 'r' -> CharSet.of("\r");
            case 't' -> CharSet.of("\t");
            case 'f' -> CharSet.of("\f");
            case 'v' -> CharSet.of("\u000B");
            case '0' -> CharSet.range(0, 0);
            case 'x' -> single(in.hex(2));
            case 'u' -> single(in.startsWith("{") ? bracedHex() : in.hex(4));
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    throw in.unexpected("\\" + Character.toString(c)
                            + ", which is not supported (back references, boundaries and anchors are not)");
                }
                yield CharSet.range(c, c);
            }
        };
    }

    private CharSet single(int character) {
        if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
            throw in.unexpected("half a surrogate pair; write the character itself or \\u{...}");
        }
        return CharSet.range(character, character);
    }

    private int bracedHex() {
        in.expect('{');
        int character = in.hexUpTo('}');
        in.expect('}');
        return character;
    }

    private CharSet property() {
        in.expect('{');
        String name = in.upTo('}');
        in.expect('}');
        CharSet property = CharacterProperties.named(name);
        if (property == null) {
            throw in.unexpected("the property " + name + ", which is not known");
        }
        return property;
    }
}
