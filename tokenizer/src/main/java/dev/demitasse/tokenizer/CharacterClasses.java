package dev.demitasse.tokenizer;

/**
 * The classes of characters that the pre-tokenizer tells apart, by code point as the JDK's Unicode tables see them.
 *
 * <p>The basic plane is looked up in a table, since every character of every text passes through here. Half a
 * surrogate pair counts as {@link #OTHER}, as U+FFFD does, which stands for it in the encoded text.
 */
final class CharacterClasses {
    /** Everything else: punctuation, symbols, marks, controls, unassigned. */
    static final byte OTHER = 0;
    /** {@code \p{L}}. */
    static final byte LETTER = 1;
    /** {@code \p{N}}. */
    static final byte NUMBER = 2;
    /** {@code \s} apart from {@link #NEWLINE}. */
    static final byte SPACE = 3;
    /** {@code [\r\n]}. */
    static final byte NEWLINE = 4;

    private static final byte[] BASIC_PLANE = basicPlane();

    private CharacterClasses() {}

    /** Returns the class of a character of the basic plane. */
    static byte of(char character) {
        return BASIC_PLANE[character];
    }

    /** Returns the class of any code point. */
    static byte of(int codePoint) {
        return codePoint < BASIC_PLANE.length ? BASIC_PLANE[codePoint] : compute(codePoint);
    }

    private static byte[] basicPlane() {
        byte[] classes = new byte[Character.MIN_SUPPLEMENTARY_CODE_POINT];
        for (int character = 0; character < classes.length; character++) {
            classes[character] = compute(character);
        }
        return classes;
    }

    private static byte compute(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            // the controls among the white space: tab, line feed, vertical tab, form feed, carriage return, next line
            case Character.CONTROL ->
                codePoint == '\n' || codePoint == '\r'
                        ? NEWLINE
                        : codePoint == '\t' || codePoint == 0x0B || codePoint == '\f' || codePoint == 0x85
                                ? SPACE
                                : OTHER;
            default -> OTHER;
        };
    }
}
