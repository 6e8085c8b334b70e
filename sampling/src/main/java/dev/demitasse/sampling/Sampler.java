package dev.demitasse.sampling;

/**
 * Chooses the next token of one generation. A sampler may keep state, such as its random numbers: each generation has
 * its own, used by one thread at a time.
 */
public interface Sampler {
    /**
     * Chooses a token.
     *
     * @param logits {@code [vocab]}, the model's raw output for the next position; the sampler may change them
     * @param history the tokens before it
     * @return a token id from 0 to {@code vocab - 1}
     * @throws SamplingException if the logits leave nothing to choose from
     */
    int sample(float[] logits, TokenHistory history);
}
