package dev.demitasse.chat;

/**
 * A question asked with {@link ChatSession#ask} was cut short: cancelled, out of time or out of context. What there is
 * of the reply is in {@link #reply()} and in the session's history.
 */
public final class IncompleteReplyException extends DemitasseException {
    private static final long serialVersionUID = 1L;

    private final transient Reply reply;

    IncompleteReplyException(Reply reply) {
        super("the reply is incomplete (" + reply.finish() + ") after "
                + reply.usage().completionTokens()
                + " tokens; send(...).await() returns such replies without an error");
        this.reply = reply;
    }

    /** The part of the reply that there is. */
    public Reply reply() {
        return reply;
    }
}
