package dev.demitasse.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A set of texts, described the way grammars are written. All but {@link Rule}, which may refer to itself, are values. */
public sealed interface Expression {
    /** The largest number of repetitions that stands for "any number". */
    int UNBOUNDED = Integer.MAX_VALUE;

    /** The empty text. */
    Expression NOTHING = new Sequence(List.of());

    /** This text and no other; half a surrogate pair stands for U+FFFD, as in all UTF-8. */
    record Text(String text) implements Expression {}

    /** One character of a set; no text at all if the set is empty. */
    record OneOf(CharSet characters) implements Expression {}

    /** Texts one after the other. */
    record Sequence(List<Expression> parts) implements Expression {
        /** Copies the list. */
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** Any of several; no text at all if there are none. */
    record Choice(List<Expression> alternatives) implements Expression {
        /** Copies the list. */
        public Choice {
            alternatives = List.copyOf(alternatives);
        }
    }

    /**
     * Texts of one kind, one after the other.
     *
     * @param min fewest
     * @param max most, or {@link #UNBOUNDED}
     */
    record Repeat(Expression body, int min, int max) implements Expression {
        /** Checks the numbers. */
        public Repeat {
            if (min < 0 || max < min) {
                throw new GrammarException("cannot repeat something " + min + " to " + max + " times");
            }
        }
    }

    /** A part with a name: it may be used in several places, and within itself. */
    final class Rule implements Expression {
        private final String name;
        private @Nullable Expression body;

        /** A rule that has to be {@link #define defined} before a grammar is made of it. */
        public Rule(String name) {
            this.name = name;
        }

        /** Says what the name stands for; once. */
        public Rule define(Expression definition) {
            if (body != null) {
                throw new GrammarException("rule " + name + " is defined twice");
            }
            body = Objects.requireNonNull(definition, "definition");
            return this;
        }

        String name() {
            return name;
        }

        @Nullable
        Expression body() {
            return body;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** See {@link Text}. */
    static Expression text(String text) {
        return new Text(text);
    }

    /** See {@link OneOf}. */
    static Expression oneOf(CharSet characters) {
        return new OneOf(characters);
    }

    /** See {@link Sequence}. */
    static Expression sequence(Expression... parts) {
        return new Sequence(List.of(parts));
    }

    /** See {@link Choice}. */
    static Expression choice(List<? extends Expression> alternatives) {
        return alternatives.size() == 1 ? alternatives.getFirst() : new Choice(new ArrayList<>(alternatives));
    }

    /** See {@link Choice}. */
    static Expression choice(Expression... alternatives) {
        return choice(List.of(alternatives));
    }

    /** The text of an expression, or nothing. */
    static Expression optional(Expression body) {
        return new Repeat(body, 0, 1);
    }

    /** Any number of times, also never. */
    static Expression any(Expression body) {
        return new Repeat(body, 0, UNBOUNDED);
    }

    /** See {@link Repeat}. */
    static Expression repeat(Expression body, int min, int max) {
        return new Repeat(body, min, max);
    }
}
