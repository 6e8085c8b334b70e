package dev.demitasse.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The alphabet in which byte-level vocabularies are written: one printable character for each of the 256 bytes.
 *
 * <p>Printable bytes of Latin-1 stand for themselves; the 68 others take the characters from U+0100 on, in order. So a
 * space (0x20) is written {@code Ġ}, a line feed {@code Ċ}.
 */
final class ByteAlphabet {
    /** No byte is written with this character. */
    static final int NOT_A_BYTE = -1;

    private static final int FIRST_STAND_IN = 0x100;
    private static final short[] BYTE_OF = byteOfCharacter();

    private ByteAlphabet() {}

    /** Returns the byte, 0 to 255, that a character stands for, or {@link #NOT_A_BYTE}. */
    static int byteOf(char character) {
        return character < BYTE_OF.length ? BYTE_OF[character] : NOT_A_BYTE;
    }

    /** Returns the bytes that a text stands for, or null when a character of it stands for none. */
    static byte @Nullable [] bytesOf(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            int value = byteOf(text.charAt(i));
            if (value == NOT_A_BYTE) {
                return null;
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    private static short[] byteOfCharacter() {
        short[] byteOf = new short[FIRST_STAND_IN + 68];
        Arrays.fill(byteOf, (short) NOT_A_BYTE);
        int standIn = FIRST_STAND_IN;
        for (int value = 0; value < 256; value++) {
            byteOf[isPrintable(value) ? value : standIn++] = (short) value;
        }
        return byteOf;
    }

    private static boolean isPrintable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
    }
}
