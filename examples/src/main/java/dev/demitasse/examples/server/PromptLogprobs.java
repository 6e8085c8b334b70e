package dev.demitasse.examples.server;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.RawSequence;
import dev.demitasse.sampling.Logprobs;
import java.util.ArrayList;
import java.util.List;

/** How likely the model finds a prompt: what programs ask for that have texts scored. */
final class PromptLogprobs {
    private PromptLogprobs() {}

    /**
     * Reads a prompt. It is read again for the reply.
     *
     * @param prompt token ids, at least one
     * @param top how many alternatives
     * @return one entry for each token but the first, before which there is nothing
     * @throws InterruptedException if the client left
     */
    static List<Logprobs> of(LanguageModel model, int[] prompt, int top) throws InterruptedException {
        List<Logprobs> logprobs = new ArrayList<>();
        try (RawSequence sequence = model.raw().newSequence()) {
            sequence.append(prompt, (position, logits) -> {
                if (position + 1 < prompt.length) {
                    logprobs.add(Logprobs.of(logits, prompt[position + 1], top));
                }
            });
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return logprobs;
    }
}
