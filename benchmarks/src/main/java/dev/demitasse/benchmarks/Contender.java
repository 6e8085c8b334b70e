package dev.demitasse.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An engine in a comparison, and the samples of the cell that is measured. */
final class Contender implements AutoCloseable {
    /** Foreign load from which a sample is taken again, and marked as disturbed if that does not help. */
    static final double DISTURBED_CORES = 0.15;

    private static final int ATTEMPTS = 3;

    private final EngineType type;
    private final Engine engine;
    private final List<Sample> samples = new ArrayList<>();

    /**
     * One measurement.
     *
     * @param speed tokens a second
     * @param foreignCores cores that others kept busy meanwhile
     */
    private record Sample(double speed, double foreignCores) {}

    Contender(EngineType type, Engine engine) {
        this.type = type;
        this.engine = engine;
    }

    EngineType type() {
        return type;
    }

    Engine engine() {
        return engine;
    }

    void clear() {
        samples.clear();
    }

    /** Measures once: the first of a few attempts that nobody disturbed, otherwise the least disturbed. */
    void sample(Cell cell, Random random) throws InterruptedException {
        @Nullable Sample best = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            CpuClock.awaitIdle();
            CpuClock clock = new CpuClock();
            double speed = cell.measure(engine, random);
            Sample sample = new Sample(speed, clock.foreignCores());
            if (best == null || sample.foreignCores() < best.foreignCores()) {
                best = sample;
            }
            if (best.foreignCores() <= DISTURBED_CORES) {
                break;
            }
        }
        if (best != null) {
            samples.add(best);
        }
    }

    /** Tokens a second. */
    double median() {
        return Median.of(samples.stream().map(Sample::speed).toList());
    }

    /** Half of largest less smallest, over the median. */
    double spread() {
        double smallest = samples.stream().mapToDouble(Sample::speed).min().orElse(Double.NaN);
        double largest = samples.stream().mapToDouble(Sample::speed).max().orElse(Double.NaN);
        return (largest - smallest) / 2 / median();
    }

    /** Of the most disturbed sample. */
    double foreignCores() {
        return samples.stream().mapToDouble(Sample::foreignCores).max().orElse(Double.NaN);
    }

    /** The samples as a JSON array. */
    String json() {
        return samples.stream()
                .map(sample -> String.format(Locale.ROOT, "%.3f", sample.speed()))
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Override
    public void close() {
        engine.close();
    }
}
