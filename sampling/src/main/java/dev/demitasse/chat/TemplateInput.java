package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a {@link ChatTemplate} writes: a conversation, the tools the model may call, and how the text ends. Immutable. */
public final class TemplateInput {
    /** Whether a model that can reason before it answers is told to. Models that cannot ignore it. */
    public enum Thinking {
        /** What the template does when nobody asks. */
        DEFAULT,
        /** Reason first. */
        ON,
        /** Answer at once. */
        OFF
    }

    private final List<Message> messages;
    private final List<Object> tools;
    private final boolean generationPrompt;
    private final Thinking thinking;

    private TemplateInput(List<Message> messages, List<Object> tools, boolean generationPrompt, Thinking thinking) {
        this.messages = messages;
        this.tools = tools;
        this.generationPrompt = generationPrompt;
        this.thinking = thinking;
    }

    /** A conversation without tools that ends where the assistant's answer begins. */
    public static TemplateInput of(List<Message> messages) {
        return new TemplateInput(List.copyOf(messages), List.of(), true, Thinking.DEFAULT);
    }

    /**
     * This input with these tools.
     *
     * @param tools one JSON value each, usually a map {@code {"type": "function", "function": {"name": ...}}}; copied
     * @throws IllegalArgumentException if a value is not JSON
     */
    public TemplateInput withTools(List<? extends Object> tools) {
        List<Object> copies = new ArrayList<>(tools.size());
        for (Object tool : tools) {
            copies.add(Objects.requireNonNull(JsonValues.copyOf(tool), "tool"));
        }
        return new TemplateInput(messages, List.copyOf(copies), generationPrompt, thinking);
    }

    /** This input, ending where the assistant's answer begins, or after the last message. */
    public TemplateInput withGenerationPrompt(boolean generationPrompt) {
        return new TemplateInput(messages, tools, generationPrompt, thinking);
    }

    /** This input with reasoning asked for or not. */
    public TemplateInput withThinking(Thinking thinking) {
        return new TemplateInput(messages, tools, generationPrompt, Objects.requireNonNull(thinking, "thinking"));
    }

    /** The conversation, oldest first. */
    public List<Message> messages() {
        return messages;
    }

    /** JSON values that describe the tools; empty without tools. */
    public List<Object> tools() {
        return tools;
    }

    /** Whether the text ends where the assistant's answer begins. */
    public boolean generationPrompt() {
        return generationPrompt;
    }

    /** Whether reasoning is asked for. */
    public Thinking thinking() {
        return thinking;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TemplateInput input
                && messages.equals(input.messages)
                && tools.equals(input.tools)
                && generationPrompt == input.generationPrompt
                && thinking == input.thinking;
    }

    @Override
    public int hashCode() {
        return Objects.hash(messages, tools, generationPrompt, thinking);
    }

    /** Sizes only: what people write is not for logs. */
    @Override
    public String toString() {
        return messages.size() + " messages, " + tools.size() + " tools";
    }
}
