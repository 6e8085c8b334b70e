package dev.demitasse.examples.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.chat.ToolCall;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of the choices of OpenAI's chat completions, whole and in chunks, field by field in its order. Names turn into
 * snake_case on the wire.
 */
final class ChatCompletionJson {
    private static final String FUNCTION = "function";

    private ChatCompletionJson() {}

    record Message(
            String role,
            @Nullable String content,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String reasoningContent,

            @Nullable String refusal,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Call> toolCalls) {
        /** What the model said; a message that only calls tools has no content. */
        static Message of(Reply reply) {
            boolean onlyCalls = reply.text().isEmpty() && !reply.toolCalls().isEmpty();
            return new Message(
                    "assistant",
                    onlyCalls ? null : reply.text(),
                    reply.thinking().isEmpty() ? null : reply.thinking(),
                    null,
                    reply.toolCalls().stream().map(Call::whole).toList());
        }
    }

    record Choice(int index, Message message, @Nullable Logprobs logprobs, String finishReason) {}

    /** A part of a message: what is null is not written. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Delta(
            @Nullable String role,
            @Nullable String content,
            @Nullable String reasoningContent,
            @Nullable List<Call> toolCalls) {
        static Delta start() {
            return new Delta("assistant", "", null, null);
        }

        static Delta content(String text) {
            return new Delta(null, text, null, null);
        }

        static Delta reasoning(String text) {
            return new Delta(null, null, text, null);
        }

        static Delta calls(List<Call> calls) {
            return new Delta(null, null, null, calls);
        }

        static Delta end() {
            return new Delta(null, null, null, null);
        }
    }

    record ChunkChoice(
            int index,
            Delta delta,
            @Nullable Logprobs logprobs,
            @Nullable String finishReason) {}

    /** A tool call, or a part of one; {@code index} is written in streams only. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Call(
            @Nullable Integer index,
            @Nullable String id,
            @Nullable String type,
            Function function) {
        static Call whole(ToolCall call) {
            return new Call(null, call.id(), FUNCTION, new Function(call.name(), call.argumentsJson()));
        }

        /** As streams send it: first what is called, then the arguments, which clients put together. */
        static List<Call> parts(int index, ToolCall call) {
            return List.of(
                    new Call(index, call.id(), FUNCTION, new Function(call.name(), "")),
                    new Call(index, null, null, new Function(null, call.argumentsJson())));
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Function(@Nullable String name, String arguments) {}

    record Logprobs(List<TokenEntry> content) {}

    record TokenEntry(String token, double logprob, int[] bytes, List<Alternative> topLogprobs) {}

    record Alternative(String token, double logprob, int[] bytes) {}

    static Logprobs logprobs(List<TokenLogprob> logprobs, ReplyTokens tokens) {
        return new Logprobs(logprobs.stream()
                .map(entry -> new TokenEntry(
                        tokens.text(entry.token()),
                        entry.logprob(),
                        tokens.bytes(entry.token()),
                        entry.top().stream()
                                .map(other -> new Alternative(
                                        tokens.text(other.token()), other.logprob(), tokens.bytes(other.token())))
                                .toList()))
                .toList());
    }
}
