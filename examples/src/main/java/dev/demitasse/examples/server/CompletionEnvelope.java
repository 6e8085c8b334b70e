package dev.demitasse.examples.server;

import dev.demitasse.chat.Finish;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is around the choices of one completion, whole or in chunks: the same for chats and for texts but for two names.
 *
 * @param created seconds since 1970
 * @param fingerprint changes with whatever could change a seeded reply
 * @param whole what OpenAI calls the object
 * @param chunk what it calls a part of a stream
 */
record CompletionEnvelope(String id, long created, String model, String fingerprint, String whole, String chunk) {
    static CompletionEnvelope ofChat(ServedModel served) {
        return of("chatcmpl-", served, "chat.completion", "chat.completion.chunk");
    }

    static CompletionEnvelope ofText(ServedModel served) {
        return of("cmpl-", served, "text_completion", "text_completion");
    }

    private static CompletionEnvelope of(String prefix, ServedModel served, String whole, String chunk) {
        String id = prefix + UUID.randomUUID().toString().replace("-", "");
        return new CompletionEnvelope(
                id, Instant.now().getEpochSecond(), served.id(), served.fingerprint(), whole, chunk);
    }

    Map<String, @Nullable Object> whole(List<?> choices, UsageEntry usage) {
        Map<String, @Nullable Object> completion = around(whole, choices);
        completion.put("usage", usage);
        return completion;
    }

    /** A chunk. In a stream that ends with usage every chunk has the field, null in all but the last. */
    Map<String, @Nullable Object> chunk(Object choice, StreamMode mode) {
        Map<String, @Nullable Object> part = around(chunk, List.of(choice));
        if (mode.includeUsage()) {
            part.put("usage", null);
        }
        return part;
    }

    /** The last chunk of a stream that ends with usage. */
    Map<String, @Nullable Object> last(UsageEntry usage) {
        Map<String, @Nullable Object> part = around(chunk, List.of());
        part.put("usage", usage);
        return part;
    }

    private Map<String, @Nullable Object> around(String object, List<?> choices) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("id", id);
        fields.put("object", object);
        fields.put("created", created);
        fields.put("model", model);
        fields.put("system_fingerprint", fingerprint);
        fields.put("choices", choices);
        return fields;
    }

    /** OpenAI's word for why a reply ended; the caller sees to replies that were cut short against the client's will. */
    static String finishReason(Finish finish) {
        return switch (finish) {
            case LENGTH, CONTEXT_FULL -> "length";
            case TOOL_CALLS -> "tool_calls";
            default -> "stop";
        };
    }
}
