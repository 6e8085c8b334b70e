package dev.demitasse.benchmarks;

import java.util.List;

/** Of measured samples; at least one. */
final class Median {
    private Median() {}

    static double of(List<Double> samples) {
        List<Double> sorted = samples.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
