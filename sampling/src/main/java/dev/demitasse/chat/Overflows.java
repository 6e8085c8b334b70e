package dev.demitasse.chat;

import java.util.List;

/** The ways to deal with an overflow that come with the library. */
final class Overflows {
    static final Overflow FAIL = (history, _) -> history;
    static final Overflow DROP_OLDEST = Overflows::dropOldest;

    private Overflows() {}

    private static List<Message> dropOldest(List<Message> history, Overflow.Room room) {
        List<Message> rest = history;
        while (!rest.isEmpty() && room.tokens(rest) > room.size() / 2) {
            rest = withoutOldestTurn(rest);
        }
        return rest;
    }

    /** A turn is what a user says and all that follows from it. */
    private static List<Message> withoutOldestTurn(List<Message> history) {
        int next = 1;
        while (next < history.size() && !history.get(next).role().equals(Role.USER)) {
            next++;
        }
        return history.subList(next, history.size());
    }
}
