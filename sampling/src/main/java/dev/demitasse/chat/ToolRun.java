package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/** A tool that was run for the model, and what came of it. Immutable. */
public final class ToolRun {
    private final ToolCall call;
    private final String result;
    private final @Nullable Throwable failure;

    ToolRun(ToolCall call, String result, @Nullable Throwable failure) {
        this.call = call;
        this.result = result;
        this.failure = failure;
    }

    /** What the model wanted. */
    public ToolCall call() {
        return call;
    }

    /** What the model was told: the tool's result, or its failure in words. */
    public String result() {
        return result;
    }

    /** What the tool threw, or why it was not run; null if it returned. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** The tool's name alone: arguments and results may be private. */
    @Override
    public String toString() {
        return "run of " + call.name() + (failure == null ? "" : ", failed");
    }
}
