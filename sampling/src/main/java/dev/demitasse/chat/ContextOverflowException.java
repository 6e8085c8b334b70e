package dev.demitasse.chat;

/** A prompt is longer than the context: it was not sent, and the session is as it was before. */
public final class ContextOverflowException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    private final int needed;
    private final int available;

    ContextOverflowException(int needed, int available) {
        super("the prompt takes " + needed + " tokens and leaves no room for an answer: the context holds " + available
                + ". Shorten it, rewind or clear the session, or load the model with a larger contextSize");
        this.needed = needed;
        this.available = available;
    }

    /** Tokens the prompt takes, plus one for the answer. */
    public int needed() {
        return needed;
    }

    /** Tokens the context holds. */
    public int available() {
        return available;
    }
}
