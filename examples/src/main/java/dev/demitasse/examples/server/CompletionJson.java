package dev.demitasse.examples.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.chat.ToolCall;
import dev.demitasse.chat.Usage;
import dev.demitasse.tokenizer.Vocabulary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of OpenAI's chat completions, whole and in chunks, field by field in its order. Names turn into snake_case on
 * the wire.
 */
final class CompletionJson {
    private static final String FUNCTION = "function";

    private final String id;
    private final long created;
    private final String model;
    private final String fingerprint;

    /**
     * What all chunks of one completion have in common.
     *
     * @param created seconds since 1970
     * @param fingerprint changes with whatever could change a seeded reply
     */
    CompletionJson(String id, long created, String model, String fingerprint) {
        this.id = id;
        this.created = created;
        this.model = model;
        this.fingerprint = fingerprint;
    }

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

    record UsageEntry(int promptTokens, int completionTokens, int totalTokens, PromptDetails promptTokensDetails) {
        /** Of several choices: their common prompt counts once. */
        static UsageEntry of(List<Usage> choices) {
            int prompt = choices.getFirst().promptTokens();
            int cached = choices.stream().mapToInt(Usage::cachedTokens).max().orElse(0);
            int completion = choices.stream().mapToInt(Usage::completionTokens).sum();
            return new UsageEntry(prompt, completion, prompt + completion, new PromptDetails(cached));
        }
    }

    record PromptDetails(int cachedTokens) {}

    Map<String, Object> completion(List<Choice> choices, UsageEntry usage) {
        Map<String, Object> completion = head("chat.completion");
        completion.put("choices", choices);
        completion.put("usage", usage);
        return completion;
    }

    /** A chunk of a stream without usage. */
    Map<String, @Nullable Object> chunk(List<ChunkChoice> choices) {
        Map<String, @Nullable Object> chunk = new LinkedHashMap<>(head("chat.completion.chunk"));
        chunk.put("choices", choices);
        return chunk;
    }

    /** A chunk of a stream that ends with usage: every chunk has the field, null in all but the last. */
    Map<String, @Nullable Object> chunk(List<ChunkChoice> choices, @Nullable UsageEntry usage) {
        Map<String, @Nullable Object> chunk = chunk(choices);
        chunk.put("usage", usage);
        return chunk;
    }

    private Map<String, Object> head(String object) {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("id", id);
        head.put("object", object);
        head.put("created", created);
        head.put("model", model);
        head.put("system_fingerprint", fingerprint);
        return head;
    }

    /** OpenAI's word for why a reply ended; the caller sees to replies that were cut short against the client's will. */
    static String finishReason(Finish finish) {
        return switch (finish) {
            case LENGTH, CONTEXT_FULL -> "length";
            case TOOL_CALLS -> "tool_calls";
            default -> "stop";
        };
    }

    static Logprobs logprobs(List<TokenLogprob> logprobs, Vocabulary vocabulary) {
        return new Logprobs(logprobs.stream()
                .map(entry -> new TokenEntry(
                        text(vocabulary, entry.token()),
                        entry.logprob(),
                        bytes(vocabulary, entry.token()),
                        entry.top().stream()
                                .map(other -> new Alternative(
                                        text(vocabulary, other.token()),
                                        other.logprob(),
                                        bytes(vocabulary, other.token())))
                                .toList()))
                .toList());
    }

    private static String text(Vocabulary vocabulary, int token) {
        return token < vocabulary.size() ? vocabulary.tokenText(token) : "";
    }

    /** Embeddings may be padded: ids beyond the vocabulary are no text. */
    private static int[] bytes(Vocabulary vocabulary, int token) {
        byte[] bytes = token < vocabulary.size() ? vocabulary.tokenBytes(token) : new byte[0];
        int[] unsigned = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            unsigned[i] = Byte.toUnsignedInt(bytes[i]);
        }
        return unsigned;
    }
}
