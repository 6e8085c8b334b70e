package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextStreamTest {
    private final Tokenizer tokenizer = SmallTokenizer.load();

    @Test
    void aCharacterOfSeveralTokensComesOutWhole() {
        TextStream stream = tokenizer.textStream();
        StringBuilder pieces = new StringBuilder();
        for (byte value : "é中👍".getBytes(StandardCharsets.UTF_8)) {
            pieces.append('[').append(stream.feed(byteToken(value))).append(']');
        }
        assertThat(pieces.toString()).isEqualTo("[][é][][][中][][][][👍]");
        assertThat(stream.flush()).isEmpty();
    }

    @Test
    void theRestOfACharacterThatNeverEndsIsFlushedAsAReplacement() {
        TextStream stream = tokenizer.textStream();
        assertThat(stream.feed(byteToken((byte) 0xE4))).isEmpty();
        assertThat(stream.flush()).isEqualTo("\uFFFD");
        assertThat(stream.flush()).isEmpty();
        assertThat(stream.feed(byteToken((byte) 'a'))).isEqualTo("a");
    }

    @Test
    void bytesThatNothingCanCompleteAreReplacedAtOnce() {
        TextStream stream = tokenizer.textStream();
        assertThat(stream.feed(byteToken((byte) 0xED))).isEmpty();
        assertThat(stream.feed(byteToken((byte) 0xA0))).isEqualTo("\uFFFD\uFFFD"); // would be half a surrogate pair
        assertThat(stream.feed(byteToken((byte) 0xFF))).isEqualTo("\uFFFD");
        assertThat(stream.feed(byteToken((byte) 0xF0))).isEmpty();
        assertThat(stream.feed(byteToken((byte) 'a'))).isEqualTo("\uFFFDa");
    }

    @Test
    void aSkippedSpecialTokenDoesNotEndACharacter() {
        int imEnd = tokenizer.tokenId("<|im_end|>").orElseThrow();
        TextStream skipping = tokenizer.textStream(SpecialText.SKIP);
        assertThat(skipping.feed(byteToken((byte) 0xC3))).isEmpty();
        assertThat(skipping.feed(imEnd)).isEmpty();
        assertThat(skipping.feed(byteToken((byte) 0xA9))).isEqualTo("é");

        TextStream keeping = tokenizer.textStream();
        assertThat(keeping.feed(byteToken((byte) 0xC3))).isEmpty();
        assertThat(keeping.feed(imEnd)).isEqualTo("\uFFFD<|im_end|>");
    }

    @Test
    void randomBytesComeOutAsTheDecoderOfTheWebGivesThem() {
        Random random = new Random(4);
        byte[] telling = {
            (byte) 0x80,
            (byte) 0xBF,
            (byte) 0xC2,
            (byte) 0xE0,
            (byte) 0xA0,
            (byte) 0xED,
            (byte) 0x9F,
            (byte) 0xF0,
            (byte) 0x90,
            (byte) 0xF4,
            (byte) 0x8F,
            (byte) 0xC1,
            (byte) 0xF5,
            'a',
            (byte) 0xE4,
            (byte) 0xB8
        };
        for (int round = 0; round < 20_000; round++) {
            int[] ids = new int[random.nextInt(8)];
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) {
                bytes[i] = telling[random.nextInt(telling.length)];
                ids[i] = byteToken(bytes[i]);
            }
            TextStream stream = tokenizer.textStream();
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < ids.length; i++) {
                text.append(stream.feed(ids[i]));
                assertThat(text.toString()).as("%s", i).isEqualTo(decoded(bytes, i + 1, false));
            }
            text.append(stream.flush());
            assertThat(text.toString())
                    .isEqualTo(decoded(bytes, bytes.length, true))
                    .isEqualTo(tokenizer.decode(ids));
        }
    }

    @Test
    void negativeIdsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.textStream().feed(-7));
    }

    /**
     * The UTF-8 decoder of the web (whatwg.org, Encoding Standard), step by step: what it has given out after some
     * bytes, and with {@code ended} at the end of the text.
     */
    private static String decoded(byte[] bytes, int length, boolean ended) {
        StringBuilder text = new StringBuilder();
        int codePoint = 0;
        int needed = 0;
        int lower = 0x80;
        int upper = 0xBF;
        for (int i = 0; i < length; i++) {
            int value = bytes[i] & 0xFF;
            if (needed > 0 && value >= lower && value <= upper) {
                codePoint = (codePoint << 6) | (value & 0x3F);
                lower = 0x80;
                upper = 0xBF;
                if (--needed == 0) {
                    text.appendCodePoint(codePoint);
                }
                continue;
            }
            if (needed > 0) {
                text.append('\uFFFD');
            }
            needed = value >= 0xC2 && value <= 0xDF ? 1 : value >= 0xE0 && value <= 0xEF ? 2 : 0;
            needed = value >= 0xF0 && value <= 0xF4 ? 3 : needed;
            codePoint = value & (0x3F >> needed);
            lower = value == 0xE0 ? 0xA0 : value == 0xF0 ? 0x90 : 0x80;
            upper = value == 0xED ? 0x9F : value == 0xF4 ? 0x8F : 0xBF;
            if (value < 0x80) {
                text.append((char) value);
            } else if (needed == 0) {
                text.append('\uFFFD');
            }
        }
        return text.append(ended && needed > 0 ? "\uFFFD" : "").toString();
    }

    private int byteToken(byte value) {
        return tokenizer.vocabulary().byteToken(value & 0xFF);
    }
}
