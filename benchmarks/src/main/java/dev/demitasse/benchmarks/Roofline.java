package dev.demitasse.benchmarks;

import dev.demitasse.core.runtime.MachineProbes;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Each format's products from memory beside the machine's two limits, as lines of CSV: what {@link Plots} draws. Kernel
 * and probes are measured in turns in one process.
 */
@Command(
        name = "roofline",
        mixinStandardHelpOptions = true,
        description = "Prints kernel,macs_per_byte,giga_macs,gigabytes for each format, and the two probes.")
public final class Roofline implements Callable<Integer> {
    private static final int ROWS = 65_536;
    private static final int GEMM_TOKENS = 128;
    private static final int SAMPLES = 5;

    @Option(names = "-t", description = "Threads (default: ${DEFAULT-VALUE}).")
    private int threads = 2;

    private final List<Double> streams = new ArrayList<>();
    private final List<Double> fmas = new ArrayList<>();

    /** Runs the command and exits with its status. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Roofline()).execute(arguments));
    }

    @Override
    public Integer call() {
        System.out.println("kernel,macs_per_byte,giga_macs,gigabytes");
        try (Workers workers = new Workers("roofline", threads)) {
            MachineProbes probes = new MachineProbes(workers);
            for (int i = 0; i < 10; i++) {
                probes.stream();
                probes.multiplyAdd();
            }
            for (DType type : DType.values()) {
                measure(type, 1, workers, probes);
                measure(type, GEMM_TOKENS, workers, probes);
            }
        }
        System.out.printf(Locale.ROOT, "probe stream,,,%.2f%n", Median.of(streams));
        System.out.printf(Locale.ROOT, "probe fma,,%.2f,%n", Median.of(fmas));
        return 0;
    }

    private void measure(DType type, int tokens, Workers workers, MachineProbes probes) {
        var kernels = MultiplyTrial.bestKernels();
        try (MultiplyTrial small = new MultiplyTrial(kernels, workers, type, 512, tokens)) {
            long start = System.nanoTime();
            while (System.nanoTime() - start < 500_000_000) {
                small.run();
            }
        }
        try (MultiplyTrial trial = new MultiplyTrial(kernels, workers, type, rows(tokens), tokens)) {
            trial.run();
            List<Double> seconds = new ArrayList<>();
            for (int i = 0; i < SAMPLES; i++) {
                seconds.add(seconds(trial::run));
                streams.add(probes.streamedBytes() / 1e9 / seconds(probes::stream));
                fmas.add(probes.multiplyAdds() / 1e9 / seconds(probes::multiplyAdd));
            }
            trial.check();
            double median = Median.of(seconds);
            System.out.printf(
                    Locale.ROOT,
                    "%s %s,%.3f,%.2f,%.2f%n",
                    type,
                    tokens == 1 ? "gemv" : "gemm",
                    (double) trial.multiplyAdds() / trial.bytes(),
                    trial.multiplyAdds() / 1e9 / median,
                    trial.bytes() / 1e9 / median);
        }
    }

    /** A product with many tokens takes long enough with fewer rows. */
    private static int rows(int tokens) {
        return tokens == 1 ? ROWS : ROWS / 8;
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }
}
