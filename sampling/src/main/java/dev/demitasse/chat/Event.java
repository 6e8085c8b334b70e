package dev.demitasse.chat;

import java.util.List;

/**
 * Something that happened during a turn, for {@link Generation#onEvent}. More kinds will be added: give a
 * {@code switch} over events a default branch.
 */
public interface Event {
    /**
     * A part of the prompt was read.
     *
     * @param done prompt tokens read so far, cached ones included
     * @param total prompt tokens in all
     */
    record Prefill(int done, int total) implements Event {}

    /**
     * The model wrote text.
     *
     * @param text whole characters, never empty
     */
    record Text(String text) implements Event {}

    /**
     * The model reasoned.
     *
     * @param text whole characters, never empty
     */
    record Thinking(String text) implements Event {}

    /**
     * Log probabilities of the tokens of the text that comes next, if {@link ChatOptions.Builder#logprobs} asked for them.
     * A {@link Text} or {@link Thinking} event comes after those of the tokens that began in it; those of tokens that are
     * part of no text (the marks of reasoning, a tool call, a stop string, the end of the turn) come with the next text, or
     * last. All together are {@link Reply#logprobs}.
     *
     * @param tokens one entry a token, in order, at least one
     */
    record Logprobs(List<TokenLogprob> tokens) implements Event {
        /** Copies the list. */
        public Logprobs {
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * A tool is about to be run.
     *
     * @param call what the model wants
     */
    record ToolStarted(ToolCall call) implements Event {}

    /**
     * A tool returned, or failed.
     *
     * @param run what came of it
     */
    record ToolFinished(ToolRun run) implements Event {}

    /**
     * The context was too full for another answer, and {@link Overflow} has shortened the history.
     *
     * @param droppedMessages how many messages of the history are not in it any more
     */
    record ContextShifted(int droppedMessages) implements Event {}

    /**
     * The turn ended; the last event.
     *
     * @param reply the whole reply
     */
    record Done(Reply reply) implements Event {}
}
