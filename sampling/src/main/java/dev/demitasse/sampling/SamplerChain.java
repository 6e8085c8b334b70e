package dev.demitasse.sampling;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A sampler that runs processors in order and then takes the best candidate or draws one. The same seed, processors and
 * logits give the same tokens. One chain serves one generation.
 */
public final class SamplerChain implements Sampler {
    private enum Choice {
        BEST,
        DRAWN
    }

    private final Processor[] processors;
    private final Choice choice;
    private final RandomGenerator random;
    private final Candidates candidates = new Candidates();

    private SamplerChain(List<Processor> processors, Choice choice, long seed) {
        this.processors = processors.toArray(new Processor[0]);
        this.choice = choice;
        this.random = new SplittableRandom(seed);
    }

    /** Takes the largest logit that the processors leave, of equal ones the lowest token id. */
    public static SamplerChain greedy(List<Processor> processors) {
        return new SamplerChain(processors, Choice.BEST, 0);
    }

    /** Draws with the probabilities that softmax gives the logits which the processors leave. */
    public static SamplerChain drawing(List<Processor> processors, long seed) {
        return new SamplerChain(processors, Choice.DRAWN, seed);
    }

    @Override
    public int sample(float[] logits, TokenHistory history) {
        process(logits, history);
        return choice == Choice.BEST ? candidates.best() : candidates.draw(random);
    }

    /** The candidates after all processors. */
    Candidates process(float[] logits, TokenHistory history) {
        candidates.reset(logits, history);
        for (Processor processor : processors) {
            processor.apply(candidates);
        }
        return candidates;
    }
}
