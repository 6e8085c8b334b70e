package dev.demitasse.sampling;

/**
 * One step between logits and the draw: it changes logits or drops candidates. A {@link SamplerChain} is a list of them.
 * Processors are immutable and may be shared by generations; what changes from token to token comes from
 * {@link Candidates#history()}. Those of {@link Processors} allocate nothing.
 *
 * <p>A constraint on the next token, such as a grammar, is a processor that calls {@link Candidates#keep(long[])}; it
 * belongs before the truncations.
 */
@FunctionalInterface
public interface Processor {
    /** Changes the candidates in place. */
    void apply(Candidates candidates);
}
