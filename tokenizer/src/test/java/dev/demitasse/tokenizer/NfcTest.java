package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** The quick check and the long runs against the JDK's normaliser. */
class NfcTest {
    @Test
    void noCodePointThatIsPassedOverTakesPartInNormalisation() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (isSurrogate(codePoint)) {
                continue;
            }
            String text = Character.toString(codePoint);
            if (Nfc.isInert(codePoint)) {
                assertThat(jdk(text)).as("U+%04X alone", codePoint).isEqualTo(text);
                assertThat(Character.getType(codePoint))
                        .as("U+%04X is a mark, which may change places", codePoint)
                        .isNotIn((int) Character.NON_SPACING_MARK, (int) Character.COMBINING_SPACING_MARK);
            }
            // what comes second in a composition must not be passed over
            int[] parts =
                    Normalizer.normalize(text, Normalizer.Form.NFD).codePoints().toArray();
            if (parts.length > 1) {
                assertThat(Nfc.isInert(parts[parts.length - 1]))
                        .as("end of U+%04X", codePoint)
                        .isFalse();
            }
        }
    }

    @Test
    void randomTextsAreNormalisedAsTheJdkDoesIt() {
        Random random = new Random(9);
        for (int i = 0; i < 50_000; i++) {
            String text = RandomTexts.valid(random, 8);
            assertThat(Nfc.normalize(text)).isEqualTo(jdk(text));
        }
    }

    @Test
    void longRunsOfMarksAreNormalisedAsTheJdkDoesIt() {
        int[] marks = new Random(10)
                .ints(0, 0x20000)
                .filter(codePoint -> Character.getType(codePoint) == Character.NON_SPACING_MARK
                        || Character.getType(codePoint) == Character.COMBINING_SPACING_MARK)
                .limit(400)
                .toArray();
        Random random = new Random(11);
        for (int i = 0; i < 40; i++) {
            StringBuilder text = new StringBuilder("é");
            for (int run = 0; run < 3; run++) {
                for (int length = 150 + random.nextInt(300); length > 0; length--) {
                    text.appendCodePoint(marks[random.nextInt(marks.length)]);
                }
                text.append("a\u0344");
            }
            assertThat(MarkRuns.inOrder(text.toString())).isNotEqualTo(text.toString());
            assertThat(Nfc.normalize(text.toString())).isEqualTo(jdk(text.toString()));
        }
    }

    @Test
    void aMegabyteOfMarksInTheWrongOrderDoesNotHang() {
        String text = "a" + "\u0301\u0323".repeat(500_000);
        String normalized = Assertions.assertTimeoutPreemptively(Duration.ofMinutes(2), () -> Nfc.normalize(text));
        assertThat(normalized).startsWith("\u1EA1\u0323").endsWith("\u0301").hasSize(1_000_000);
    }

    @Test
    void textThatIsNormalAlreadyIsReturnedAsItIs() {
        String text = "Grüße, 世界！ 안녕 👋🏽 こんにちは";
        assertThat(Nfc.normalize(text)).isSameAs(text);
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static String jdk(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }
}
