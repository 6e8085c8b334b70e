package dev.demitasse.grammar;

/** A pattern or grammar being read, character by character; its errors say where they are. */
final class PatternText {
    private final String what;
    private final String text;
    private int position;

    /** @param what it is, for messages */
    PatternText(String what, String text) {
        this.what = what;
        this.text = text;
    }

    boolean atEnd() {
        return position == text.length();
    }

    /** The next character, without taking it. */
    int peek() {
        if (atEnd()) {
            throw unexpected("the end");
        }
        return text.codePointAt(position);
    }

    int next() {
        int c = peek();
        position += Character.charCount(c);
        return c;
    }

    boolean startsWith(String expected) {
        return text.startsWith(expected, position);
    }

    /** Takes a character if it comes next. */
    boolean skip(char expected) {
        boolean found = !atEnd() && text.charAt(position) == expected;
        position += found ? 1 : 0;
        return found;
    }

    void expect(char expected) {
        if (!skip(expected)) {
            throw unexpected((atEnd() ? "the end" : Character.toString(peek())) + " instead of " + expected);
        }
    }

    /** A decimal number. */
    int number(int most) {
        long value = 0;
        int start = position;
        while (!atEnd() && peek() >= '0' && peek() <= '9') {
            value = Math.min(value * 10 + (next() - '0'), Integer.MAX_VALUE);
        }
        if (start == position) {
            throw unexpected("something else than a number");
        }
        if (value > most) {
            throw unexpected("the number " + value + "; at most " + most + " is supported");
        }
        return (int) value;
    }

    int hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            value = value * 16 + hexDigit();
        }
        return value;
    }

    int hexUpTo(char end) {
        int value = 0;
        while (peek() != end && value <= Character.MAX_CODE_POINT) {
            value = value * 16 + hexDigit();
        }
        if (value > Character.MAX_CODE_POINT) {
            throw unexpected("a number that is no character");
        }
        return value;
    }

    private int hexDigit() {
        int digit = Character.digit(next(), 16);
        if (digit < 0) {
            throw unexpected("something else than a hexadecimal digit");
        }
        return digit;
    }

    String upTo(char end) {
        int start = position;
        while (peek() != end) {
            int _ = next();
        }
        return text.substring(start, position);
    }

    GrammarException unexpected(String found) {
        int line = 1
                + (int) text.substring(0, position)
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
        int column = position - text.lastIndexOf('\n', position - 1);
        String place = line == 1 ? "character " + position : "line " + line + ", column " + column;
        return new GrammarException(what + ": found " + found + " at " + place + " of " + text);
    }
}
