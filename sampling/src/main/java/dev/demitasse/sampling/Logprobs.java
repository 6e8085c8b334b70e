package dev.demitasse.sampling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How likely the model itself found a token and its best alternatives: natural logarithms of the softmax over raw logits,
 * before any penalty, temperature or truncation.
 *
 * @param chosen the token that was chosen
 * @param top the most likely tokens, best first, of equal ones the lowest id; the chosen token is among them or not
 */
public record Logprobs(Entry chosen, List<Entry> top) {
    /**
     * One token.
     *
     * @param token its id
     * @param logprob at most 0
     */
    public record Entry(int token, double logprob) {}

    /** Copies the list. */
    public Logprobs {
        top = List.copyOf(top);
    }

    /**
     * Computes them.
     *
     * @param logits {@code [vocab]}, as the model gave them: a sampler may have changed its argument, so take a copy first
     * @param chosen a token id
     * @param topCount how many alternatives, at least 0
     */
    public static Logprobs of(float[] logits, int chosen, int topCount) {
        double max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double total = 0;
        for (float logit : logits) {
            total += Math.exp(logit - max);
        }
        double logTotal = max + Math.log(total);
        List<Entry> top = new ArrayList<>();
        int count = Math.min(topCount, logits.length);
        if (count > 0) {
            float smallest = Selection.kthLargest(logits, logits.length, count, new float[count]);
            for (int token = 0; token < logits.length; token++) {
                if (logits[token] >= smallest) {
                    top.add(new Entry(token, logits[token] - logTotal));
                }
            }
            // stable, so that equal ones stay in the order of their ids
            top.sort(Comparator.comparingDouble(Entry::logprob).reversed());
            top = top.subList(0, count);
        }
        return new Logprobs(new Entry(chosen, logits[chosen] - logTotal), top);
    }
}
