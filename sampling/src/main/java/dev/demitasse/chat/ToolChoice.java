package dev.demitasse.chat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether the model may, must or must not call tools in its next reply. An immutable value. */
public final class ToolChoice {
    /** The model decides. */
    public static final ToolChoice AUTO = new ToolChoice("auto", null);

    /** The model answers with text, though it knows the tools. */
    public static final ToolChoice NONE = new ToolChoice("none", null);

    /** The reply begins with a call of some tool. */
    public static final ToolChoice REQUIRED = new ToolChoice("required", null);

    private final String kind;
    private final @Nullable String tool;

    private ToolChoice(String kind, @Nullable String tool) {
        this.kind = kind;
        this.tool = tool;
    }

    /** The reply begins with a call of this tool, and calls no other. */
    public static ToolChoice named(String tool) {
        return new ToolChoice("named", Objects.requireNonNull(tool, "tool"));
    }

    /** Whether the reply has to begin with a call. */
    boolean forcesCall() {
        return equals(REQUIRED) || tool != null;
    }

    /** The one tool that may be called, or null. */
    @Nullable
    String tool() {
        return tool;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ToolChoice choice && kind.equals(choice.kind) && Objects.equals(tool, choice.tool);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, tool);
    }

    @Override
    public String toString() {
        return tool == null ? kind : tool;
    }
}
