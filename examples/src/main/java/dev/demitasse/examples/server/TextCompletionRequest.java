package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for with prompts that are no conversations. Replies are numbered prompt by prompt: those to the first,
 * then those to the second.
 *
 * @param prompts at least one
 * @param choices how many replies to each
 * @param options everything but seed and time limit
 * @param seed of the first reply to each prompt; the others count up from it
 * @param echo whether a reply's text begins with its prompt
 * @param logprobs how many alternatives are sent for each token, beside its own probability, or null for neither
 * @param stream whether the replies are sent while they are written
 */
record TextCompletionRequest(
        List<TokenInputs.Input> prompts,
        int choices,
        ChatOptions options,
        @Nullable Long seed,
        boolean echo,
        @Nullable Integer logprobs,
        StreamMode stream) {

    /** How many replies there will be. */
    int replies() {
        return prompts.size() * choices;
    }

    /** What a reply goes on with. */
    TokenInputs.Input prompt(int reply) {
        return prompts.get(reply / choices);
    }

    /** The options of one reply. */
    ChatOptions options(int reply, Duration atMost) {
        ChatOptions.Builder own = options.toBuilder().timeout(atMost);
        if (seed != null) {
            own.seed(seed + reply % choices);
        }
        return own.build();
    }
}
