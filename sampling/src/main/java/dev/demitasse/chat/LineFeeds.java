package dev.demitasse.chat;

/**
 * Leaves out line feeds at the edges of a text that arrives in pieces: the ones at its end are held back until more text
 * follows.
 */
final class LineFeeds {
    private boolean atStart;
    private int held;

    /** From here on a new text begins: its first line feeds are left out, and those held back are dropped. */
    void startAnew() {
        atStart = true;
        held = 0;
    }

    /** Takes the next piece and gives what is certain now. */
    String feed(String piece) {
        int from = 0;
        while (atStart && from < piece.length() && piece.charAt(from) == '\n') {
            from++;
        }
        int to = piece.length();
        while (to > from && piece.charAt(to - 1) == '\n') {
            to--;
        }
        int trailing = piece.length() - to;
        if (to == from) {
            held += trailing;
            return "";
        }
        String certain = "\n".repeat(held) + piece.substring(from, to);
        atStart = false;
        held = trailing;
        return certain;
    }

    /** How many line feeds are held back. */
    int held() {
        return held;
    }

    /** The line feeds that were held back, because they belong to the text after all. */
    String flush() {
        String rest = "\n".repeat(held);
        held = 0;
        return rest;
    }
}
