package dev.demitasse.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {
    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "b",
            "ab",
            "aab",
            "abc",
            "xabcx",
            "aaaa",
            "12",
            "2024-02-30",
            "-1.5",
            "A_b9",
            " \t",
            "\n",
            "a\nb",
            "月",
            "月亮",
            "é",
            "日本",
            "😀",
            "^",
            "-",
            "]",
            "\"",
            "\\",
            "a.b",
            "+49 30",
            "(x)",
            "𠀀月",
            "\u0000",
            "\u2028");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "",
                "a*",
                "a+b?",
                "(ab|a)c*",
                "a{2}",
                "a{2,}",
                "a{1,3}b",
                "(?:ab){0,2}c?",
                "[abc]+",
                "[^abc]",
                "[^a]*",
                "[a-c]{1,2}",
                "[\\d-]+",
                "\\d{4}-\\d\\d-\\d\\d",
                "\\w+",
                "\\W+",
                "\\s+",
                "\\S+",
                "\\D",
                ".",
                ".*",
                "月亮?",
                "[月-龥]+",
                "\\p{L}+",
                "\\p{IsHan}+",
                "\\P{L}",
                "\\p{Lu}\\w*",
                "\\u6708.",
                "\\x61",
                "😀",
                "[😀a]",
                "a|b|",
                "-?\\d+(\\.\\d+)?",
                "\\(x\\)",
                "[\\]^-]",
                "\\\\",
                "a*?b",
                "x*a.*",
                "[\\n]",
                "\\x{1F600}|\\+49 \\d+"
            })
    void aPatternMatchesTheTextsThatJavasPatternMatches(String pattern) {
        Pattern oracle = Pattern.compile(pattern);
        for (String text : TEXTS) {
            String ours = pattern.replace("\\x{", "\\u{");
            assertThat(Texts.accepts(Regex.whole(ours), text))
                    .as(text)
                    .isEqualTo(oracle.matcher(text).matches());
            assertThat(Texts.accepts(Regex.found(ours), text))
                    .as(text)
                    .isEqualTo(oracle.matcher(text).find());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"^a", "a$", "^a$", "^a|b$", "^(ab)+$", "^$", "a|^b"})
    void anchorsHoldAPatternToTheEnds(String pattern) {
        // Java's $ also matches before a last line end, \z does not, like ECMAScript's $
        Pattern oracle = Pattern.compile(pattern.replace("$", "\\z"));
        for (String text : TEXTS) {
            assertThat(Texts.accepts(Regex.found(pattern), text))
                    .as(text)
                    .isEqualTo(oracle.matcher(text).find());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                ")",
                "a)",
                "[",
                "[a",
                "[b-a]",
                "a{2",
                "a{3,2}",
                "*",
                "a**",
                "a++",
                "(?=a)",
                "(?<n>a)",
                "(?i)a",
                "\\1",
                "\\b",
                "a^",
                "(^a)",
                "(a$)",
                "a$b",
                "\\",
                "\\p{Nope}",
                "[a&&b]",
                "[[a]]",
                "\\uD83D",
                "\\u12",
                "a{99999}",
                "\\q",
                "{2}"
            })
    void whatIsMalformedOrNotSupportedIsRefusedWithItsPlace(String pattern) {
        assertThatThrownBy(() -> Regex.whole(pattern))
                .isInstanceOf(GrammarException.class)
                .hasMessageContaining(pattern.equals("a{3,2}") ? "repeat" : "regular expression: found");
    }

    @Test
    void theShortestTextIsKnown() {
        assertThat(Grammar.of(Regex.whole("a{3}b*(cd|e)")).shortest()).isEqualTo(4);
        assertThat(Grammar.of(Regex.whole("月?")).shortest()).isZero();
    }
}
