package dev.demitasse.sampling;

import java.util.Map;

/** The usual processors. Each says where its definition comes from; all throw IllegalArgumentException out of range. */
public final class Processors {
    private Processors() {}

    /** Adds a constant to the logits of some tokens, before anything else in the usual orders (OpenAI). */
    public static Processor logitBias(Map<Integer, Float> biasByToken) {
        return LogitBias.of(biasByToken);
    }

    /**
     * Divides positive logits of tokens that occurred by the penalty and multiplies negative ones with it, once however
     * often they occurred (Keskar et al., 2019, as transformers and llama.cpp do it).
     *
     * @param penalty above 0; 1 changes nothing
     * @param scope which tokens occurred
     */
    public static Processor repetitionPenalty(float penalty, PenaltyScope scope) {
        return new RepetitionPenalty(penalty, scope);
    }

    /**
     * Subtracts {@code count * frequency}, and {@code presence} once, from the logits of tokens that occurred (OpenAI).
     *
     * @param frequency any finite number; 0 changes nothing
     * @param presence any finite number; 0 changes nothing
     * @param scope which tokens occurred
     */
    public static Processor occurrencePenalties(float frequency, float presence, PenaltyScope scope) {
        return new OccurrencePenalties(frequency, presence, scope);
    }

    /** Divides all logits. */
    public static Processor temperature(float temperature) {
        return new Temperature(temperature);
    }

    /** Keeps the {@code k} largest logits and what equals the smallest of them, as transformers does. */
    public static Processor topK(int k) {
        return new TopK(k, TopK.Ties.KEPT);
    }

    /** Keeps exactly {@code k} logits, of equal ones at the border those with the lowest token ids. */
    public static Processor topKExactly(int k) {
        return new TopK(k, TopK.Ties.LOWEST_TOKENS);
    }

    /**
     * Keeps the most likely tokens up to the first that brings their probability to {@code p} (nucleus sampling,
     * Holtzman et al., 2019).
     */
    public static Processor topP(float p) {
        return new TopP(p);
    }

    /** Keeps tokens at least {@code p} times as likely as the most likely one (Nguyen et al., 2024). */
    public static Processor minP(float p) {
        return new MinP(p);
    }

    /**
     * Keeps the tokens whose surprisal is closest to the entropy, up to the first that brings their probability to
     * {@code p} (Meister et al., 2022).
     */
    public static Processor typicalP(float p) {
        return new TypicalP(p);
    }
}
