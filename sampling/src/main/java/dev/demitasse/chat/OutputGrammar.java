package dev.demitasse.chat;

import dev.demitasse.grammar.Expression;
import dev.demitasse.grammar.Gbnf;
import dev.demitasse.grammar.Grammar;
import dev.demitasse.grammar.GrammarException;
import dev.demitasse.grammar.JsonSchema;
import dev.demitasse.grammar.Regex;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a reply may be: a grammar, and the text it was made of, by which it is compared. Immutable, thread-safe. */
final class OutputGrammar {
    private enum Kind {
        JSON_SCHEMA,
        REGEX,
        CHOICE,
        GBNF,
        TOOLS
    }

    private final Kind kind;
    private final String source;
    private final Grammar grammar;

    private OutputGrammar(Kind kind, String source, Supplier<Expression> expression) {
        this.kind = kind;
        this.source = source;
        try {
            this.grammar = Grammar.of(expression.get());
        } catch (GrammarException refused) {
            throw new OutputTypeException(String.valueOf(refused.getMessage()), refused);
        }
    }

    /** @throws OutputTypeException if the text is no JSON or no schema that is supported */
    static OutputGrammar jsonSchema(String schema) {
        Object parsed;
        try {
            parsed = JsonReader.read(schema);
        } catch (TemplateException malformed) {
            throw new OutputTypeException("the JSON Schema is " + malformed.getMessage(), malformed);
        }
        return new OutputGrammar(Kind.JSON_SCHEMA, schema, () -> JsonSchema.expression(parsed));
    }

    /** @throws OutputTypeException if the pattern is malformed or uses something that is not supported */
    static OutputGrammar regex(String pattern) {
        return new OutputGrammar(Kind.REGEX, pattern, () -> Regex.whole(pattern));
    }

    static OutputGrammar choice(List<String> texts) {
        List<Expression> alternatives = new ArrayList<>();
        StringBuilder source = new StringBuilder();
        for (String text : texts) {
            alternatives.add(Expression.text(text));
            source.append(text.length()).append(':').append(text);
        }
        return new OutputGrammar(Kind.CHOICE, source.toString(), () -> Expression.choice(alternatives));
    }

    /** @throws OutputTypeException if the grammar is malformed or uses something that is not supported */
    static OutputGrammar gbnf(String text) {
        return new OutputGrammar(Kind.GBNF, text, () -> Gbnf.expression(text));
    }

    /**
     * A grammar of the library's own making.
     *
     * @param source tells it from others
     */
    static OutputGrammar ofTools(String source, Supplier<Expression> expression) {
        return new OutputGrammar(Kind.TOOLS, source, expression);
    }

    /** The option that sets it, as {@link ChatOptions.Builder} calls it; {@code output} for what only a type sets. */
    String option() {
        return switch (kind) {
            case JSON_SCHEMA -> "jsonSchema";
            case GBNF -> "grammar";
            case REGEX, CHOICE, TOOLS -> "output";
        };
    }

    /** The text it was made of. */
    String source() {
        return source;
    }

    Grammar grammar() {
        return grammar;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OutputGrammar output && kind == output.kind && source.equals(output.source);
    }

    @Override
    public int hashCode() {
        return 31 * kind.hashCode() + source.hashCode();
    }

    @Override
    public String toString() {
        return kind + " of " + source.length() + " characters";
    }
}
