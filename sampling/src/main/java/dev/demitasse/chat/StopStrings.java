package dev.demitasse.chat;

import java.util.List;

/**
 * Watches text for stop strings across the borders of the pieces it arrives in: whatever could be the beginning of one is
 * held back until it is certain. One use by one thread.
 */
final class StopStrings {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    /** @param stops none empty */
    StopStrings(List<String> stops) {
        this.stops = stops;
    }

    /** Takes the next piece and gives the text that is certain now, which may be empty. After a find: nothing more. */
    String feed(String piece) {
        if (found || piece.isEmpty()) {
            return "";
        }
        if (stops.isEmpty()) {
            return piece;
        }
        held.append(piece);
        int end = firstStop();
        if (end >= 0) {
            found = true;
        } else {
            end = held.length() - longestBeginning();
        }
        String certain = held.substring(0, end);
        held.delete(0, end);
        return certain;
    }

    /** Whether a stop string appeared. */
    boolean found() {
        return found;
    }

    /** How many characters are held back. */
    int held() {
        return held.length();
    }

    /** The text that was held back for a stop string which never came. */
    String flush() {
        String rest = found ? "" : held.toString();
        held.setLength(0);
        return rest;
    }

    private int firstStop() {
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        return first;
    }

    /** Length of the longest end of the held text that begins a stop string. */
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (endsWithBeginningOf(stop, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean endsWithBeginningOf(String stop, int length) {
        int offset = held.length() - length;
        for (int i = 0; i < length; i++) {
            if (held.charAt(offset + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
