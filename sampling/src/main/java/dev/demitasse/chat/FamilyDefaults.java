package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/**
 * Sampling that the makers of a model family recommend, for files that do not say. A family is known by its own chat
 * template: other models of the same architecture were tuned by others, for whose models these values mean nothing.
 */
final class FamilyDefaults {
    /** The system message that the template of Qwen2's instruction models, otherwise ChatML, writes. */
    private static final String QWEN2_SYSTEM = "You are a helpful assistant.";

    /** From {@code generation_config.json} of Qwen2.5-0.5B-Instruct, and of Qwen2-0.5B-Instruct. */
    private static final ChatOptions QWEN2 =
            ChatOptions.of(o -> o.temperature(0.7f).topP(0.8f).topK(20).repetitionPenalty(1.1f));

    /** From {@code generation_config.json} of Qwen3-0.6B, and of Qwen3-4B-Thinking-2507. */
    private static final ChatOptions QWEN3 =
            ChatOptions.of(o -> o.temperature(0.6f).topP(0.95f).topK(20));

    /** From {@code generation_config.json} of Qwen3-4B-Instruct-2507. */
    private static final ChatOptions QWEN3_INSTRUCT =
            ChatOptions.of(o -> o.temperature(0.7f).topP(0.8f).topK(20));

    private FamilyDefaults() {}

    /** @param template as the model's files have it, or null */
    static ChatOptions of(@Nullable ChatTemplate template) {
        return switch (template) {
            case Qwen25Template _ -> QWEN2;
            case ChatMl chatMl when QWEN2_SYSTEM.equals(chatMl.defaultSystem()) -> QWEN2;
            case Qwen3Template qwen3 -> qwen3.equals(Qwen3Template.INSTRUCT_2507) ? QWEN3_INSTRUCT : QWEN3;
            case null, default -> ChatOptions.INHERIT;
        };
    }
}
