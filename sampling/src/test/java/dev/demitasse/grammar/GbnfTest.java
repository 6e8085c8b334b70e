package dev.demitasse.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GbnfTest {
    /** A grammar, texts it describes, and texts it does not. */
    private record Example(String grammar, List<String> texts, List<String> others) {}

    private static final List<Example> EXAMPLES = List.of(
            new Example("root ::= \"yes\" | \"no\"", List.of("yes", "no"), List.of("", "yesno", "ye")),
            new Example("root ::= [a-c]+ [^a-c]?", List.of("a", "abc月", "ab\n"), List.of("", "x", "xa", "axx")),
            new Example("""
                # arithmetic
                root ::= term (op term)* # any number
                op ::= [-+*/]
                term ::= num |
                  "(" root ")"
                num ::= [0-9]{1,3}
                """, List.of("1", "1+22*(333-4)", "((1))"), List.of("", "1+", "4444", "(1", "1 + 2")),
            new Example(
                    "root ::= item{2} last{,1}\nitem ::= \"- \" [^\\n]{1,} \"\\n\"\nlast ::= .",
                    List.of("- a\n- b\n", "- 月亮\n- b\n月"), List.of("- a\n", "- \n- b\n", "- a\n- b\nxy")),
            new Example(
                    "root ::= \"\\\"\\\\\\x41\\u6708\\U0001F600\" [\\]\\-]",
                    List.of("\"\\A月😀]", "\"\\A月😀-"),
                    List.of("")),
            new Example("root ::= (\n  \"a\"\n  | \"b\"\n)\n\nunused ::= \"x\"", List.of("a", "b"), List.of("x", "ab")),
            new Example("root ::= \"a\" root \"b\" | \"\"", List.of("", "ab", "aaabbb"), List.of("a", "aab", "abab")),
            new Example("root ::= ws [0-9]+ ws\nws ::= [ \\t\\n]{0,2}", List.of("1", " 12\n"), List.of("", "   1")));

    @Test
    void aGrammarDescribesItsTextsAndNoOthers() {
        for (Example example : EXAMPLES) {
            Expression grammar = Gbnf.expression(example.grammar);
            example.texts.forEach(
                    text -> assertThat(Texts.accepts(grammar, text)).as(text).isTrue());
            example.others.forEach(
                    text -> assertThat(Texts.accepts(grammar, text)).as(text).isFalse());
        }
    }

    @Test
    void whatIsDrawnIsDescribed() {
        for (Example example : EXAMPLES) {
            Expression expression = Gbnf.expression(example.grammar);
            TokenGrammar grammar = Texts.grammar(expression);
            for (int seed = 0; seed < 50; seed++) {
                String text = Texts.random(grammar, seed, grammar.shortest() + seed);
                assertThat(Texts.accepts(expression, text)).as(text).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "main ::= \"a\"",
                "root \"a\"",
                "root ::= \"a",
                "root ::= [a",
                "root ::= (\"a\"",
                "root ::= \"a\")",
                "root ::= *",
                "root ::= \"\\q\"",
                "root ::= [z-a]",
                "root ::= \"a\"{2,1}",
                "root ::= \"a\"\nroot ::= \"b\"",
                "root ::= missing",
                "root ::= root \"a\" | \"b\"",
                "root ::= a\na ::= b? a",
                "root ::= \"a\" root",
                "root := \"a\"",
                "root ::= \"a\"{99999}"
            })
    void whatIsMalformedIsRefused(String grammar) {
        assertThatThrownBy(() -> Grammar.of(Gbnf.expression(grammar)))
                .isInstanceOf(GrammarException.class)
                .hasMessageMatching("(?s).*(found|repeat|not defined|begins with itself|no finite text).*");
    }
}
