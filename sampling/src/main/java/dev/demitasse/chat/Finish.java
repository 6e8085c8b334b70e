package dev.demitasse.chat;

/** Why a reply ended. More reasons may be added: give a {@code switch} a default branch. */
public enum Finish {
    /** The model ended its turn. */
    STOP,
    /** One of {@link ChatOptions.Builder#stop the stop strings} appeared; it is not part of the text. */
    STOP_STRING,
    /** {@link ChatOptions.Builder#maxTokens} was reached. */
    LENGTH,
    /** The context is full. */
    CONTEXT_FULL,
    /** The model called tools that the caller runs. */
    TOOL_CALLS,
    /** The turn was cancelled: by {@link Generation#cancel}, an interrupt or {@link ChatSession#close}. */
    CANCELLED,
    /** {@link ChatOptions.Builder#timeout} ran out. */
    TIMEOUT
}
