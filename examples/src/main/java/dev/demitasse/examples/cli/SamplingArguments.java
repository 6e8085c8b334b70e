package dev.demitasse.examples.cli;

import dev.demitasse.chat.ChatOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a reply is generated; what is not given is left to the model. */
final class SamplingArguments {
    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Most tokens of a reply (default: 1024).")
    private @Nullable Integer maxTokens;

    @Option(names = "--greedy", description = "Always the most probable token, without the model's penalties.")
    private boolean greedy;

    @Option(names = "--temperature", paramLabel = "T", description = "0 is greedy, 1 the model's own distribution.")
    private @Nullable Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Keep the K most probable tokens; 0 keeps all.")
    private @Nullable Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Keep the most probable tokens up to this probability.")
    private @Nullable Double topP;

    @Option(names = "--min-p", paramLabel = "P", description = "Keep tokens with this share of the best probability.")
    private @Nullable Double minP;

    @Option(names = "--repetition-penalty", paramLabel = "F", description = "Above 1: less repetition.")
    private @Nullable Double repetitionPenalty;

    @Option(names = "--seed", paramLabel = "N", description = "Makes the draw repeatable.")
    private @Nullable Long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End the reply before this text; repeatable.")
    private @Nullable List<String> stop;

    @Option(
            names = "--prompt-lookup",
            paramLabel = "N",
            description = "Guess up to N tokens at once from the text so far: faster where replies repeat it (try 7).")
    private @Nullable Integer promptLookup;

    ChatOptions options() {
        return ChatOptions.of(this::set);
    }

    private void set(ChatOptions.Builder options) {
        if (maxTokens != null) {
            options.maxTokens(maxTokens);
        }
        if (temperature != null) {
            options.temperature(temperature);
        }
        if (topK != null) {
            options.topK(topK);
        }
        if (topP != null) {
            options.topP(topP);
        }
        if (minP != null) {
            options.minP(minP);
        }
        if (repetitionPenalty != null) {
            options.repetitionPenalty(repetitionPenalty);
        }
        if (seed != null) {
            options.seed(seed);
        }
        if (promptLookup != null) {
            options.promptLookup(promptLookup);
        }
        if (stop != null) {
            options.stop(stop);
        }
        if (greedy) {
            options.greedy();
        }
    }
}
