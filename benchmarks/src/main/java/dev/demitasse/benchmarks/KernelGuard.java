package dev.demitasse.benchmarks;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.MachineProbes;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Tells when a kernel has become slower. Each format's products are measured in cache on one thread, in turns with the
 * probe for multiply-adds, and the ratio of both is compared with the stored one: ratios repeat where times do not.
 */
@Command(
        name = "guard",
        mixinStandardHelpOptions = true,
        description = "Fails with status 1 if a kernel lost more than 15 % of its stored share of the machine's speed.")
public final class KernelGuard implements Callable<Integer> {
    private static final String BASELINE = "kernel-baseline.properties";
    private static final double WORST_LOSS = 0.15;
    private static final int ROWS = 256;
    private static final int GEMM_TOKENS = 96;
    private static final int ROUNDS = 9;
    private static final long SAMPLE_NANOS = 8_000_000;
    private static final long WARM_UP_NANOS = 50_000_000;
    /** Compilation has ended when this many warm-ups in a row were no faster than the best before. */
    private static final int STEADY_WARM_UPS = 8;

    private static final int MOST_WARM_UPS = 100;

    @Option(names = "--baseline", paramLabel = "FILE", description = "Use this instead of the stored one.")
    private @Nullable Path baseline;

    @Option(names = "--update", paramLabel = "FILE", description = "Write the measured ratios and compare nothing.")
    private @Nullable Path update;

    /** Runs the command and exits with its status. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new KernelGuard()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Map<String, Double> measured = measure();
        if (update != null) {
            Files.writeString(update, text(measured));
            return 0;
        }
        return compare(measured, stored()) ? 0 : 1;
    }

    private static Map<String, Double> measure() {
        Map<String, Double> ratios = new TreeMap<>();
        try (Workers workers = new Workers("guard", 1)) {
            MachineProbes probes = new MachineProbes(workers);
            for (DType type : DType.values()) {
                for (int tokens : List.of(1, GEMM_TOKENS)) {
                    Kernels kernels = MultiplyTrial.bestKernels();
                    try (MultiplyTrial trial = new MultiplyTrial(kernels, workers, type, ROWS, tokens)) {
                        String key = kernels.name() + "." + type + (tokens == 1 ? ".gemv" : ".gemm");
                        ratios.put(key, ratio(trial, probes));
                        trial.check();
                    }
                }
            }
        }
        return ratios;
    }

    /** Median over the rounds of the kernel's multiply-adds a second over the probe's. */
    private static double ratio(MultiplyTrial trial, MachineProbes probes) {
        warmUp(trial::run, trial.multiplyAdds());
        warmUp(probes::multiplyAdd, probes.multiplyAdds());
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            double probe = perSecond(probes::multiplyAdd, probes.multiplyAdds(), SAMPLE_NANOS);
            ratios.add(perSecond(trial::run, trial.multiplyAdds(), SAMPLE_NANOS) / probe);
        }
        return ratios.stream().sorted().toList().get(ROUNDS / 2);
    }

    private static void warmUp(Runnable work, long operations) {
        double best = 0;
        int steady = 0;
        for (int i = 0; i < MOST_WARM_UPS && steady < STEADY_WARM_UPS; i++) {
            double speed = perSecond(work, operations, WARM_UP_NANOS);
            steady = speed > 1.02 * best ? 0 : steady + 1;
            best = Math.max(best, speed);
        }
    }

    private static double perSecond(Runnable work, long operations, long nanos) {
        long start = System.nanoTime();
        long runs = 0;
        long elapsed;
        do {
            work.run();
            runs++;
            elapsed = System.nanoTime() - start;
        } while (elapsed < nanos);
        return runs * operations / (elapsed / 1e9);
    }

    private Map<String, Double> stored() throws IOException {
        Properties properties = new Properties();
        try (InputStream in =
                baseline == null ? KernelGuard.class.getResourceAsStream(BASELINE) : Files.newInputStream(baseline)) {
            if (in == null) {
                throw new IOException("there is no stored baseline; make one with --update FILE");
            }
            properties.load(in);
        }
        Map<String, Double> ratios = new TreeMap<>();
        properties.stringPropertyNames().forEach(key -> ratios.put(key, Double.valueOf(properties.getProperty(key))));
        return ratios;
    }

    private static boolean compare(Map<String, Double> measured, Map<String, Double> stored) {
        boolean good = true;
        int compared = 0;
        for (Map.Entry<String, Double> entry : measured.entrySet()) {
            Double before = stored.get(entry.getKey());
            String verdict = "no stored ratio";
            if (before != null) {
                compared++;
                boolean lost = entry.getValue() < before * (1 - WORST_LOSS);
                good &= !lost;
                verdict = String.format(
                        Locale.ROOT, "stored %.3f, %+.0f %%", before, 100 * (entry.getValue() / before - 1));
                verdict += lost ? " LOST" : "";
            }
            System.out.printf(Locale.ROOT, "%-28s %.3f  %s%n", entry.getKey(), entry.getValue(), verdict);
        }
        if (compared == 0) {
            System.out.println("nothing was compared: the stored ratios are of other kernels");
            return false;
        }
        return good;
    }

    private static String text(Map<String, Double> ratios) {
        StringBuilder text = new StringBuilder("# Multiply-adds a second over those of the probe, in cache, one thread."
                + " Made by KernelGuard --update.\n");
        ratios.forEach((key, ratio) -> text.append(String.format(Locale.ROOT, "%s=%.4f%n", key, ratio)));
        return text.toString();
    }
}
