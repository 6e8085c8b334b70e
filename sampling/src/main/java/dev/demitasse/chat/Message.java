package dev.demitasse.chat;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One message of a conversation. An immutable value. */
public final class Message {
    private final Role role;
    private final @Nullable String content;
    private final @Nullable String thinking;
    private final List<ToolCall> toolCalls;
    private final @Nullable String toolCallId;

    private Message(
            Role role,
            @Nullable String content,
            @Nullable String thinking,
            List<ToolCall> toolCalls,
            @Nullable String toolCallId) {
        this.role = role;
        this.content = content;
        this.thinking = thinking;
        this.toolCalls = List.copyOf(toolCalls);
        this.toolCallId = toolCallId;
    }

    /** Instructions for the whole conversation. */
    public static Message system(String content) {
        return of(Role.SYSTEM, Objects.requireNonNull(content, "content"));
    }

    /** What a person, or a program, asks. */
    public static Message user(String content) {
        return of(Role.USER, Objects.requireNonNull(content, "content"));
    }

    /** What the model answered. */
    public static Message assistant(String content) {
        return of(Role.ASSISTANT, Objects.requireNonNull(content, "content"));
    }

    /** A model's turn that calls tools, with the text before the calls, often empty. */
    public static Message assistant(String content, List<ToolCall> toolCalls) {
        return assistant(content).withToolCalls(toolCalls);
    }

    /** What the model answered, with its reasoning and its tool calls. */
    public static Message assistant(Reply reply) {
        Message message = assistant(reply.text(), reply.toolCalls());
        return reply.thinking().isEmpty() ? message : message.withThinking(reply.thinking());
    }

    /** What a tool returned, for the model to read. */
    public static Message toolResult(String content) {
        return of(Role.TOOL, Objects.requireNonNull(content, "content"));
    }

    /** What a call returned. */
    public static Message toolResult(ToolCall call, String content) {
        String id = call.id();
        return id == null ? toolResult(content) : toolResult(id, content);
    }

    /** What the call with this id returned. */
    public static Message toolResult(String toolCallId, String content) {
        Objects.requireNonNull(toolCallId, "toolCallId");
        return new Message(Role.TOOL, Objects.requireNonNull(content, "content"), null, List.of(), toolCallId);
    }

    /**
     * A message of any role.
     *
     * @param content null where there is none, as in some requests that only carry tool calls; most templates refuse it
     */
    public static Message of(Role role, @Nullable String content) {
        return new Message(Objects.requireNonNull(role, "role"), content, null, List.of(), null);
    }

    /** This message with the model's reasoning, which templates show only where the model wants to see it again. */
    public Message withThinking(String thinking) {
        return new Message(role, content, Objects.requireNonNull(thinking, "thinking"), toolCalls, toolCallId);
    }

    /** This message with these tool calls in place of those it has. */
    public Message withToolCalls(List<ToolCall> toolCalls) {
        return new Message(role, content, thinking, toolCalls, toolCallId);
    }

    /** Who speaks. */
    public Role role() {
        return role;
    }

    /** The text, or null where there is none. */
    public @Nullable String content() {
        return content;
    }

    /** The model's reasoning apart from its answer, or null where it is unknown. */
    public @Nullable String thinking() {
        return thinking;
    }

    /** Tools that the assistant wants called; empty for other roles. */
    public List<ToolCall> toolCalls() {
        return toolCalls;
    }

    /** Of a tool result: the call it answers, or null. */
    public @Nullable String toolCallId() {
        return toolCallId;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Message message
                && role.equals(message.role)
                && Objects.equals(content, message.content)
                && Objects.equals(thinking, message.thinking)
                && toolCalls.equals(message.toolCalls)
                && Objects.equals(toolCallId, message.toolCallId);
    }

    @Override
    public int hashCode() {
        return Objects.hash(role, content, thinking, toolCalls, toolCallId);
    }

    /** Role and length: what people write is not for logs. */
    @Override
    public String toString() {
        return role + " message of " + (content == null ? "no" : content.length()) + " characters"
                + (toolCalls.isEmpty() ? "" : " and " + toolCalls.size() + " tool calls");
    }
}
