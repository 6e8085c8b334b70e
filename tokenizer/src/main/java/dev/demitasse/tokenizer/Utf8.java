package dev.demitasse.tokenizer;

import java.nio.charset.StandardCharsets;

/** UTF-8 to and from the buffers of this package, where {@code String} would allocate or lose the state between tokens. */
final class Utf8 {
    /** U+FFFD stands for half a surrogate pair, as it does in every text that came through UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';
    /** With a second byte from 0xA0 to 0xBF, this would begin half a surrogate pair. */
    private static final byte SURROGATE_LEAD = (byte) 0xED;

    private Utf8() {}

    /** Writes {@code text[start .. end)} to {@code target}, which has room, and returns the number of bytes. */
    static int encode(char[] text, int start, int end, byte[] target) {
        int length = 0;
        for (int i = start; i < end; i++) {
            char character = text[i];
            if (character < 0x80) {
                target[length++] = (byte) character;
            } else if (character < 0x800) {
                target[length++] = (byte) (0xC0 | (character >> 6));
                target[length++] = (byte) (0x80 | (character & 0x3F));
            } else if (Character.isHighSurrogate(character) && i + 1 < end && Character.isLowSurrogate(text[i + 1])) {
                int codePoint = Character.toCodePoint(character, text[++i]);
                target[length++] = (byte) (0xF0 | (codePoint >> 18));
                target[length++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
                target[length++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
                target[length++] = (byte) (0x80 | (codePoint & 0x3F));
            } else {
                char written = Character.isSurrogate(character) ? REPLACEMENT : character;
                target[length++] = (byte) (0xE0 | (written >> 12));
                target[length++] = (byte) (0x80 | ((written >> 6) & 0x3F));
                target[length++] = (byte) (0x80 | (written & 0x3F));
            }
        }
        return length;
    }

    /**
     * Returns the text of {@code bytes[from .. to)}. What is no UTF-8 becomes U+FFFD, one for each maximal part of a
     * character, as everywhere on the web; the JDK does the same but for surrogates, of which it replaces three bytes
     * by one U+FFFD.
     */
    static String decode(byte[] bytes, int from, int to) {
        StringBuilder text = null;
        int start = from;
        for (int i = from; i + 1 < to; i++) {
            if (bytes[i] == SURROGATE_LEAD && (bytes[i + 1] & 0xE0) == 0xA0) {
                text = text == null ? new StringBuilder(to - from) : text;
                text.append(new String(bytes, start, i - start, StandardCharsets.UTF_8))
                        .append(REPLACEMENT);
                start = i + 1;
            }
        }
        String rest = new String(bytes, start, to - start, StandardCharsets.UTF_8);
        return text == null ? rest : text.append(rest).toString();
    }

    /**
     * Returns how many bytes at the end of {@code bytes[0 .. length)}, 0 to 3, may be the start of a character that is
     * not complete yet. Bytes that nothing could complete are not counted: they are replaced at once.
     */
    static int incompleteTail(byte[] bytes, int length) {
        for (int tail = 1; tail <= 3 && tail <= length; tail++) {
            int lead = bytes[length - tail] & 0xFF;
            if (lead >= 0xC2 && lead <= 0xF4) {
                int needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
                boolean open = tail < needed && (tail == 1 || mayFollow(lead, bytes[length - tail + 1] & 0xFF));
                return open ? tail : 0;
            }
            if (lead < 0x80 || lead > 0xBF) {
                return 0;
            }
        }
        return 0;
    }

    /** Whether a second byte may follow a lead byte: excludes overlong forms, surrogates, and what is above U+10FFFF. */
    private static boolean mayFollow(int lead, int second) {
        return switch (lead) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second <= 0x9F;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second <= 0x8F;
            default -> true;
        };
    }
}
