package dev.demitasse.tokenizer;

import java.text.Normalizer;

/** Unicode normalisation form C with a quick check, so that ASCII, Chinese or emoji text does not pay for it. */
final class Nfc {
    /**
     * Ranges {first, last} of characters that NFC leaves alone whatever stands beside them: none decomposes, none is a
     * combining mark, none composes with what precedes. Far from complete: a character outside only costs the full
     * check.
     */
    private static final int[][] INERT_RANGES = {
        {0x0000, 0x02FF}, // Latin
        {0x0400, 0x0482}, // Cyrillic
        {0x048A, 0x052F},
        {0x1E00, 0x1E99}, // Latin with diacritics: Vietnamese
        {0x1E9E, 0x1EFF},
        {0x2002, 0x20CF}, // punctuation, currency
        {0x2190, 0x2328}, // arrows, mathematics, technical
        {0x232B, 0x2ADB}, // technical, box drawing, symbols
        {0x2E80, 0x3029}, // radicals, CJK punctuation
        {0x3030, 0x3098}, // hiragana
        {0x309B, 0x319F}, // katakana, bopomofo, compatibility jamo
        {0x31C0, 0x9FFF}, // CJK
        {0xAC00, 0xD7A3}, // Hangul syllables
        {0xFE30, 0xFFFF}, // compatibility and full-width forms
        {0x1F000, 0x1FAFF}, // emoji
        {0x20000, 0x2F7FF}, // CJK extensions
    };

    private Nfc() {}

    /** Returns the text in normalisation form C; the very same string when nothing changes. */
    static String normalize(String text) {
        return isPlainlyNormal(text) ? text : Normalizer.normalize(MarkRuns.inOrder(text), Normalizer.Form.NFC);
    }

    private static boolean isPlainlyNormal(String text) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            // the two large cases first: the loop over the ranges is for the rest
            if (character < 0x300 || (character >= 0x4E00 && character <= 0x9FFF)) {
                continue;
            }
            int codePoint = character;
            if (Character.isSurrogate(character)) {
                codePoint = text.codePointAt(i);
                i += Character.charCount(codePoint) - 1;
            }
            if (!isInert(codePoint)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a code point is known not to take part in any normalisation. */
    static boolean isInert(int codePoint) {
        for (int[] range : INERT_RANGES) {
            if (codePoint <= range[1]) {
                return codePoint >= range[0];
            }
        }
        return false;
    }
}
