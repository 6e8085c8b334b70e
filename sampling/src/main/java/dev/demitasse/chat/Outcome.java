package dev.demitasse.chat;

/**
 * How a reply ended.
 *
 * @param reply for the application
 * @param written what the model wrote, as templates write it
 * @param tokens generated tokens, without the one that ended the model's turn
 */
record Outcome(Reply reply, String written, int[] tokens) {
    /** The same, ended because the turn was cancelled before its tools were run. */
    Outcome cancelled() {
        return new Outcome(reply.with(Finish.CANCELLED), written, tokens);
    }
}
