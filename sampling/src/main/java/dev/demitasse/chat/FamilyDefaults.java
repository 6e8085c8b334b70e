package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/** Sampling that the makers of a model family recommend, for files that do not say. */
final class FamilyDefaults {
    /** From {@code generation_config.json} of Qwen2.5-0.5B-Instruct. */
    private static final ChatOptions QWEN2 =
            ChatOptions.of(o -> o.temperature(0.7f).topP(0.8f).topK(20).repetitionPenalty(1.1f));

    /** From {@code generation_config.json} of Qwen3-0.6B. */
    private static final ChatOptions QWEN3 =
            ChatOptions.of(o -> o.temperature(0.6f).topP(0.95f).topK(20));

    private FamilyDefaults() {}

    /** @param architecture as the model's file names it, or null */
    static ChatOptions of(@Nullable String architecture) {
        return switch (architecture) {
            case "qwen2" -> QWEN2;
            case "qwen3" -> QWEN3;
            case null, default -> ChatOptions.INHERIT;
        };
    }
}
