package dev.demitasse.chat;

import java.util.List;

/**
 * What a session does when its conversation and the next question leave too little room in the context for an answer:
 * {@link #fail()}, {@link #dropOldest()}, or an application's own way, which may well summarise what it drops:
 *
 * {@snippet :
 * var chat = model.newChat().overflow((history, room) -> List.of(Message.user("Before: " + summary(history)))).start();
 * }
 *
 * <p>It runs on the thread that awaits or iterates the turn, may take its time and use other sessions of the model. What it
 * throws ends the turn, and the session is as it was before.
 */
@FunctionalInterface
public interface Overflow {
    /**
     * Shortens a history.
     *
     * @param history the messages before the question, oldest first, without the system message
     * @param room how much there is, and a way to measure
     * @return the messages that take their place; if they leave no room for an answer, the turn fails with
     *     {@link ContextOverflowException}
     */
    List<Message> shorten(List<Message> history, Room room);

    /** How much a context holds. */
    interface Room {
        /** Most tokens that a prompt may take: the context without a place for the answer. */
        int size();

        /** Tokens that the prompt takes with this history: system message and question are counted too. */
        int tokens(List<Message> history);
    }

    /** The turn fails with {@link ContextOverflowException}; only a context that is wholly full counts. The default. */
    static Overflow fail() {
        return Overflows.FAIL;
    }

    /**
     * Forgets the oldest questions with their answers; the system message and the question stay. Half of the room is
     * emptied, if that is possible: what comes after a gap has to be read again, which should not happen each turn.
     */
    static Overflow dropOldest() {
        return Overflows.DROP_OLDEST;
    }
}
