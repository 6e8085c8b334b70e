package dev.demitasse.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Sends the log probabilities of a reply's tokens on their way, each just before the first text that its token is part of.
 * A token waits while all of its characters do: half a character, the possible beginning of a stop string, line feeds at an
 * edge. Positions are in characters of all text that the tokens made, whether or not it ever goes out.
 */
final class LogprobTrail {
    private record Waiting(TokenLogprob logprob, int position) {}

    private final TurnOutput output;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private int position;

    LogprobTrail(TurnOutput output) {
        this.output = output;
    }

    /** A token was drawn; its characters, if any, come next. */
    void drawn(TokenLogprob logprob) {
        waiting.add(new Waiting(logprob, position));
    }

    /** The token that was drawn last has made so many characters complete. */
    void completed(int characters) {
        position += characters;
    }

    /**
     * Text is about to go out.
     *
     * @param heldBack how many of the last characters stay behind
     */
    void beforeText(int heldBack) {
        send(position - heldBack);
    }

    /** The reply ended: what is left belongs to no text. */
    void end() {
        send(Integer.MAX_VALUE);
    }

    private void send(int until) {
        List<TokenLogprob> due = new ArrayList<>();
        for (Waiting next = waiting.peek(); next != null && next.position() < until; next = waiting.peek()) {
            due.add(next.logprob());
            waiting.remove();
        }
        output.logprobs(due);
    }
}
