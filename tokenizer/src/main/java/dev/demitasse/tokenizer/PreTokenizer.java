package dev.demitasse.tokenizer;

import static dev.demitasse.tokenizer.CharacterClasses.LETTER;
import static dev.demitasse.tokenizer.CharacterClasses.NEWLINE;
import static dev.demitasse.tokenizer.CharacterClasses.NUMBER;
import static dev.demitasse.tokenizer.CharacterClasses.OTHER;
import static dev.demitasse.tokenizer.CharacterClasses.SPACE;

/**
 * Cuts text into pieces as Qwen2's regular expression does, without a regex engine.
 *
 * <p>The expression is an ordered choice of seven alternatives; the first that matches wins, and one always does:
 *
 * <pre>
 * A  (?i:'s|'t|'re|'ve|'m|'ll|'d)
 * B  [^\r\n\p{L}\p{N}]?\p{L}+
 * C  \p{N}
 * D   ?[^\s\p{L}\p{N}]+[\r\n]*
 * E  \s*[\r\n]+
 * F  \s+(?!\S)
 * G  \s+
 * </pre>
 *
 * The classes of the first one or two characters decide which alternative it is, so no branch ever goes back.
 */
final class PreTokenizer {
    /** The expression implemented here, as tokenizer.json files write it. */
    static final String PATTERN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private PreTokenizer() {}

    /** Returns where the piece ends that starts at {@code start}; {@code start < end}, the end of the text. */
    static int pieceEnd(char[] text, int start, int end) {
        int first = codePointAt(text, start, end);
        int next = start + Character.charCount(first);
        byte firstClass = CharacterClasses.of(first);
        if (firstClass == LETTER) {
            return runEnd(LETTER, text, next, end); // B, without the optional character
        }
        if (firstClass == NUMBER) {
            return next; // C
        }
        if (first == '\'') {
            int contractionEnd = contractionEnd(text, next, end);
            if (contractionEnd != next) {
                return contractionEnd; // A
            }
        }
        byte secondClass = next < end ? CharacterClasses.of(codePointAt(text, next, end)) : SPACE;
        if (secondClass == LETTER && firstClass != NEWLINE) {
            return runEnd(LETTER, text, next, end); // B
        }
        if (firstClass == OTHER || (first == ' ' && secondClass == OTHER)) {
            return newlinesEnd(text, runEnd(OTHER, text, next, end), end); // D
        }
        return whiteSpaceEnd(text, start, end);
    }

    /** Returns the end of a contraction's letters, or {@code start} when there is none. */
    private static int contractionEnd(char[] text, int start, int end) {
        if (start == end) {
            return start;
        }
        char second = start + 1 < end ? text[start + 1] : 0;
        return switch (text[start]) {
            // U+017F, the long s, is another lower case of S and so matches too
            case 's', 'S', '\u017F', 't', 'T', 'm', 'M', 'd', 'D' -> start + 1;
            case 'r', 'R', 'v', 'V' -> second == 'e' || second == 'E' ? start + 2 : start;
            case 'l', 'L' -> second == 'l' || second == 'L' ? start + 2 : start;
            default -> start;
        };
    }

    /** Returns the end of a piece that starts with white space which neither B nor D takes. */
    private static int whiteSpaceEnd(char[] text, int start, int end) {
        int runEnd = start;
        int newlinesEnd = start;
        while (runEnd < end) {
            byte characterClass = CharacterClasses.of(text[runEnd]); // all white space is in the basic plane
            if (characterClass == NEWLINE) {
                newlinesEnd = runEnd + 1;
            } else if (characterClass != SPACE) {
                break;
            }
            runEnd++;
        }
        if (newlinesEnd > start) {
            return newlinesEnd; // E: the white space up to its last line end
        }
        if (runEnd == end || runEnd == start + 1) {
            return runEnd; // F at the end of the text, or G: a single one before something else
        }
        return runEnd - 1; // F: all but the last, which goes with what follows
    }

    private static int newlinesEnd(char[] text, int start, int end) {
        int position = start;
        while (position < end && CharacterClasses.of(text[position]) == NEWLINE) {
            position++;
        }
        return position;
    }

    private static int runEnd(byte characterClass, char[] text, int start, int end) {
        int position = start;
        while (position < end) {
            char character = text[position];
            if (Character.isSurrogate(character)) {
                int codePoint = codePointAt(text, position, end);
                if (CharacterClasses.of(codePoint) != characterClass) {
                    break;
                }
                position += Character.charCount(codePoint);
            } else if (CharacterClasses.of(character) == characterClass) {
                position++;
            } else {
                break;
            }
        }
        return position;
    }

    private static int codePointAt(char[] text, int position, int end) {
        char character = text[position];
        return Character.isSurrogate(character) ? Character.codePointAt(text, position, end) : character;
    }
}
