package dev.demitasse.sampling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/** The slow twin of the truncations: full sorts in double precision, written from the definitions. */
final class BruteForce {
    private BruteForce() {}

    static double[] softmax(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double[] probabilities = new double[logits.length];
        double total = 0;
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = Math.exp(logits[i] - max);
            total += probabilities[i];
        }
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] /= total;
        }
        return probabilities;
    }

    /** Tokens by descending logit, of equal ones the lowest first. */
    static List<Integer> ranked(float[] logits) {
        return sortedBy(logits.length, i -> -logits[i]);
    }

    static List<Integer> topP(float[] logits, double p) {
        return prefix(ranked(logits), softmax(logits), p);
    }

    static List<Integer> typicalP(float[] logits, double p) {
        double[] probabilities = softmax(logits);
        double entropy = 0;
        for (double probability : probabilities) {
            entropy -= probability > 0 ? probability * Math.log(probability) : 0;
        }
        double mean = entropy;
        List<Integer> ranked = sortedBy(logits.length, i -> Math.abs(-Math.log(probabilities[i]) - mean));
        return prefix(ranked, probabilities, p);
    }

    private static List<Integer> prefix(List<Integer> ranked, double[] probabilities, double p) {
        List<Integer> kept = new ArrayList<>();
        double mass = 0;
        for (int token : ranked) {
            if (!kept.isEmpty() && mass >= p) {
                break;
            }
            kept.add(token);
            mass += probabilities[token];
        }
        return kept;
    }

    private static List<Integer> sortedBy(int size, IntToDoubleFunction key) {
        List<Integer> tokens = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            tokens.add(i);
        }
        tokens.sort(Comparator.comparingDouble(key::applyAsDouble));
        return tokens;
    }
}
