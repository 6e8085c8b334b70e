package dev.demitasse.examples.server;

import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Usage;
import java.util.List;

/** Tokens, as OpenAI's responses count them. */
record UsageEntry(int promptTokens, int completionTokens, int totalTokens, PromptDetails promptTokensDetails) {
    /** How much of the prompts was still in memory. */
    record PromptDetails(int cachedTokens) {}

    private static UsageEntry of(int prompt, int cached, int completion) {
        return new UsageEntry(prompt, completion, prompt + completion, new PromptDetails(cached));
    }

    /** Of several replies to one prompt, which counts once. */
    static UsageEntry ofChoices(List<Reply> replies) {
        List<Usage> usages = replies.stream().map(Reply::usage).toList();
        return of(
                usages.getFirst().promptTokens(),
                usages.stream().mapToInt(Usage::cachedTokens).max().orElse(0),
                usages.stream().mapToInt(Usage::completionTokens).sum());
    }

    UsageEntry plus(UsageEntry other) {
        return of(
                promptTokens + other.promptTokens,
                promptTokensDetails.cachedTokens + other.promptTokensDetails.cachedTokens,
                completionTokens + other.completionTokens);
    }
}
