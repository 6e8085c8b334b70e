package dev.demitasse.grammar;

import static dev.demitasse.grammar.Expression.choice;

import dev.demitasse.grammar.Expression.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads grammars in GBNF, the notation of llama.cpp: rules {@code name ::= ...}, of which {@code root} is the text;
 * literals, character classes, {@code .}, groups, {@code |}, the quantifiers {@code * + ? {m,n}}, comments from {@code #}.
 * As there, a rule ends with its line, except inside parentheses and behind {@code ::=} and {@code |}.
 */
public final class Gbnf {
    private static final int MOST_REPETITIONS = 10_000;

    private final PatternText in;
    private final Map<String, Rule> rules = new HashMap<>();
    private final Map<String, Boolean> defined = new HashMap<>();

    private Gbnf(String text) {
        this.in = new PatternText("grammar", text);
    }

    /**
     * The texts of the rule {@code root}.
     *
     * @throws GrammarException if the grammar is malformed; {@link Grammar#of} refuses left recursion and undefined rules
     */
    public static Expression expression(String text) {
        return new Gbnf(text).grammar();
    }

    private Expression grammar() {
        skipSpace(true);
        while (!in.atEnd()) {
            rule();
            skipSpace(true);
        }
        if (!defined.containsKey("root")) {
            throw in.unexpected("no rule root, which is where a text begins,");
        }
        return named("root");
    }

    private void rule() {
        String name = name();
        skipSpace(false);
        in.expect(':');
        in.expect(':');
        in.expect('=');
        skipSpace(true);
        if (defined.put(name, true) != null) {
            throw in.unexpected("a second definition of " + name);
        }
        Rule _ = named(name).define(alternatives(false));
        if (!in.atEnd() && !isLineEnd(in.peek())) {
            throw in.unexpected(Character.toString(in.peek()) + " instead of the end of the rule " + name);
        }
    }

    private Rule named(String name) {
        return rules.computeIfAbsent(name, Rule::new);
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        while (!in.atEnd() && isNameCharacter(in.peek())) {
            name.appendCodePoint(in.next());
        }
        if (name.isEmpty()) {
            throw in.unexpected((in.atEnd() ? "the end" : Character.toString(in.peek())) + " instead of a rule's name");
        }
        return name.toString();
    }

    private Expression alternatives(boolean nested) {
        List<Expression> alternatives = new ArrayList<>();
        alternatives.add(sequence(nested));
        while (in.skip('|')) {
            skipSpace(true);
            alternatives.add(sequence(nested));
        }
        return choice(alternatives);
    }

    private Expression sequence(boolean nested) {
        List<Expression> parts = new ArrayList<>();
        while (!in.atEnd() && !isLineEnd(in.peek()) && in.peek() != '|' && in.peek() != ')') {
            Expression part = atom();
            skipSpace(nested);
            parts.add(quantified(part, nested));
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
    }

    private Expression atom() {
        if (in.skip('"')) {
            return literal();
        }
        if (in.skip('[')) {
            return Expression.oneOf(characterClass());
        }
        if (in.skip('.')) {
            return Expression.oneOf(CharSet.ALL);
        }
        if (in.skip('(')) {
            skipSpace(true);
            Expression body = alternatives(true);
            in.expect(')');
            return body;
        }
        return named(name());
    }

    private Expression quantified(Expression part, boolean nested) {
        Expression quantified = part;
        while (true) {
            if (in.skip('*')) {
                quantified = Expression.any(quantified);
            } else if (in.skip('+')) {
                quantified = Expression.repeat(quantified, 1, Expression.UNBOUNDED);
            } else if (in.skip('?')) {
                quantified = Expression.optional(quantified);
            } else if (in.skip('{')) {
                quantified = counted(quantified);
            } else {
                return quantified;
            }
            skipSpace(nested);
        }
    }

    private Expression counted(Expression part) {
        skipSpace(false);
        int min = in.startsWith(",") ? 0 : in.number(MOST_REPETITIONS);
        int max = min;
        skipSpace(false);
        if (in.skip(',')) {
            skipSpace(false);
            max = in.startsWith("}") ? Expression.UNBOUNDED : in.number(MOST_REPETITIONS);
            skipSpace(false);
        }
        in.expect('}');
        return Expression.repeat(part, min, max);
    }

    private Expression literal() {
        StringBuilder text = new StringBuilder();
        while (!in.skip('"')) {
            text.appendCodePoint(character());
        }
        return Expression.text(text.toString());
    }

    private CharSet characterClass() {
        boolean negated = in.skip('^');
        CharSet.Builder set = new CharSet.Builder();
        while (!in.skip(']')) {
            int first = character();
            int last = first;
            if (in.startsWith("-") && !in.startsWith("-]")) {
                in.expect('-');
                last = character();
                if (last < first) {
                    throw in.unexpected("a range that goes down");
                }
            }
            CharSet.Builder _ = set.add(first, last);
        }
        CharSet built = set.build();
        return negated ? built.complement() : built;
    }

    private int character() {
        int c = in.next();
        if (c != '\\') {
            return c;
        }
        int escaped = in.next();
        return switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'x' -> in.hex(2);
            case 'u' -> in.hex(4);
            case 'U' -> in.hex(8);
            case '"', '\\', '[', ']', '-', '^' -> escaped;
            default -> throw in.unexpected("\\" + Character.toString(escaped) + ", which is no escape");
        };
    }

    private void skipSpace(boolean lineEnds) {
        while (!in.atEnd()) {
            int c = in.peek();
            if (c == '#') {
                while (!in.atEnd() && !isLineEnd(in.peek())) {
                    int _ = in.next();
                }
            } else if (c == ' ' || c == '\t' || (lineEnds && isLineEnd(c))) {
                int _ = in.next();
            } else {
                return;
            }
        }
    }

    private static boolean isLineEnd(int c) {
        return c == '\n' || c == '\r';
    }

    private static boolean isNameCharacter(int c) {
        return c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_');
    }
}
