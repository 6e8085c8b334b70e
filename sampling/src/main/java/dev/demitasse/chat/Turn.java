package dev.demitasse.chat;

/** What stands behind a {@link Generation}: the conversation that it is a turn of. */
interface Turn {
    /**
     * Claims the conversation and hands the work to the scheduler, which writes to {@code output}.
     *
     * @throws SessionBusyException if another turn runs; nothing has changed then
     * @throws ContextOverflowException if the prompt does not fit; nothing has changed then
     * @throws TemplateException if the conversation cannot be rendered; nothing has changed then
     * @throws ModelClosedException if the model or session was closed
     */
    void start(TurnOutput output);

    /** Asks the work to end soon, with the text it has. Any thread, also before the start. */
    void cancel();

    /** The consumer is no longer behind: a work that paused goes on. */
    void wake();

    /** Whether tools are to be run now, by {@link #tools}, and the turn then goes on. Quick. */
    default boolean goesOn(Outcome outcome) {
        return false;
    }

    /** Whether {@link #cancel} was called. */
    boolean isCancelled();

    /** The tools that a reply called, after which the turn goes on with another reply. */
    default ToolRound tools(Outcome outcome) {
        throw new IllegalStateException("this turn runs no tools");
    }

    /** The turn enters the history; the conversation is free for the next one. */
    void end(Outcome outcome);

    /** The conversation is as it was before the turn, and free for the next one. */
    void rollBack();
}
