package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The hand-written scanner against the expression it stands for. */
class PreTokenizerTest {
    /** The expression with {@code \s} and letter case as Unicode has them, as the reference's engine understands it. */
    private static final Pattern ORACLE = Pattern.compile(PreTokenizer.PATTERN, Pattern.UNICODE_CHARACTER_CLASS);

    @Test
    void eachAlternativeOfTheExpressionIsFollowed() {
        assertThat(pieces("we'll 'S 'ſ 'x")).containsExactly("we", "'ll", " '", "S", " '", "ſ", " '", "x");
        assertThat(pieces("don't")).containsExactly("don", "'t");
        assertThat(pieces("中文abc，很好")).containsExactly("中文abc", "，很好");
        assertThat(pieces("12 3½")).containsExactly("1", "2", " ", "3", "½");
        assertThat(pieces("a ?!\n\nb")).containsExactly("a", " ?!\n\n", "b");
        assertThat(pieces("a \t\n \r b")).containsExactly("a", " \t\n \r", " b");
        assertThat(pieces("a   b")).containsExactly("a", "  ", " b");
        assertThat(pieces("a   ")).containsExactly("a", "   ");
        assertThat(pieces("a \u00A01")).containsExactly("a", " ", "\u00A0", "1");
        assertThat(pieces("")).isEmpty();
    }

    @Test
    void randomTextsAreCutAsTheExpressionCutsThem() {
        Random random = new Random(20);
        for (int i = 0; i < 60_000; i++) {
            String text = RandomTexts.any(random, 12);
            assertThat(pieces(text))
                    .as("text %s", text.chars().mapToObj(Integer::toHexString).toList())
                    .isEqualTo(piecesOfOracle(text));
        }
    }

    @Test
    void everyCharacterAfterEveryKindOfContextIsCutAsTheExpressionCutsIt() {
        List<String> contexts = List.of("", " ", "'", "x", "1", "\n", "!", "\u3000");
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint += codePoint < 0x3100 ? 1 : 37) {
            for (String context : contexts) {
                String text = context + Character.toString(codePoint) + "a";
                assertThat(pieces(text))
                        .as("U+%04X after '%s'", codePoint, context)
                        .isEqualTo(piecesOfOracle(text));
            }
        }
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        char[] characters = text.toCharArray();
        for (int start = 0; start < characters.length; ) {
            int end = PreTokenizer.pieceEnd(characters, start, characters.length);
            pieces.add(text.substring(start, end));
            start = end;
        }
        return pieces;
    }

    private static List<String> piecesOfOracle(String text) {
        List<String> pieces = new ArrayList<>();
        Matcher matcher = ORACLE.matcher(text);
        while (matcher.find()) {
            pieces.add(matcher.group());
        }
        return pieces;
    }
}
