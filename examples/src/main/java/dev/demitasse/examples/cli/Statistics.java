package dev.demitasse.examples.cli;

import java.util.List;

/** Of measured samples; at least one. */
final class Statistics {
    private Statistics() {}

    static double median(List<Double> samples) {
        List<Double> sorted = samples.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    static double mean(List<Double> samples) {
        return samples.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** Of the sample, with n - 1; 0 for one. */
    static double standardDeviation(List<Double> samples) {
        if (samples.size() < 2) {
            return 0;
        }
        double mean = mean(samples);
        double squares = samples.stream()
                .mapToDouble(sample -> (sample - mean) * (sample - mean))
                .sum();
        return Math.sqrt(squares / (samples.size() - 1));
    }
}
