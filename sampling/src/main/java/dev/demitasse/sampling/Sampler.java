package dev.demitasse.sampling;

/** Draws the next token from logits. */
public interface Sampler {
    /**
     * Chooses a token.
     *
     * @param logits {@code [vocab]}; the sampler may change them
     * @return a token id
     */
    int sample(float[] logits);
}
