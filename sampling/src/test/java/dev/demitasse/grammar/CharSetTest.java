package dev.demitasse.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CharSetTest {
    private static final int[] BORDERS = {
        0, 1, 0x1F, 0x7E, 0x7F, 0x80, 0x81, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD000, 0xD7FF, 0xE000, 0xFFFF,
        0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x100000, 0x10FFFF
    };

    @Test
    void aRangeIsItsCharactersByteForByte() {
        Random random = new Random(1);
        for (int first : BORDERS) {
            for (int last : BORDERS) {
                Expression range = Expression.oneOf(CharSet.range(first, last));
                for (int i = 0; i < 40; i++) {
                    int c = i < BORDERS.length ? BORDERS[i] : random.nextInt(0x110000);
                    boolean inside = first <= c && c <= last && (c < 0xD800 || c > 0xDFFF);
                    if (first <= last) {
                        assertThat(Texts.accepts(range, Character.toString(c)) && (c < 0xD800 || c > 0xDFFF))
                                .as("%x in %x-%x", c, first, last)
                                .isEqualTo(inside);
                    }
                }
                if (first > last) {
                    assertThat(CharSet.range(first, last)).isEqualTo(CharSet.NONE);
                }
            }
        }
    }

    @Test
    void onlyValidUtf8IsACharacter() {
        Expression any = Expression.oneOf(CharSet.ALL);
        Random random = new Random(2);
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[1 + random.nextInt(4)];
            random.nextBytes(bytes);
            // leads are rare in random bytes
            bytes[0] |= (byte) (random.nextBoolean() ? 0xC0 : 0);
            if (i % 2 == 0) {
                for (int j = 1; j < bytes.length; j++) {
                    bytes[j] = (byte) (0x80 | (bytes[j] & 0x3F));
                }
            }
            assertThat(ALL.accepts(bytes))
                    .as("%s", HexFormat.of().formatHex(bytes))
                    .isEqualTo(isOneCharacter(bytes));
        }
        assertThat(Texts.accepts(any, "月")).isTrue();
    }

    @Test
    void setsAreUnitedCutAndComplemented() {
        CharSet letters = CharSet.range('a', 'z');
        CharSet some = CharSet.of("xyz月0");
        assertThat(letters.and(some)).isEqualTo(CharSet.range('x', 'z'));
        assertThat(some.minus(letters)).isEqualTo(CharSet.of("0月"));
        assertThat(letters.or(some).contains('月')).isTrue();
        assertThat(letters.complement().complement()).isEqualTo(letters);
        assertThat(CharSet.ALL.complement()).isEqualTo(CharSet.NONE);
        assertThat(letters.complement().contains('a')).isFalse();
        assertThat(CharSet.NONE.complement()).isEqualTo(CharSet.ALL);
    }

    private static final Acceptor ALL = new Acceptor(Expression.oneOf(CharSet.ALL));

    private record Acceptor(Automaton automaton) {
        Acceptor(Expression expression) {
            this(new Automaton(Grammar.of(expression), 1000));
        }

        boolean accepts(byte[] bytes) {
            Configuration configuration = automaton.start();
            for (byte value : bytes) {
                configuration = automaton.step(configuration, value & 0xff);
            }
            return configuration.isComplete();
        }
    }

    private static boolean isOneCharacter(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.codePointCount(0, text.length()) == 1;
        } catch (CharacterCodingException _) {
            return false;
        }
    }
}
