package dev.demitasse.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringTokenizer;

/** Processor time of this process and of the machine, to tell whether a measurement was alone. Linux only. */
final class CpuClock {
    private static final Path STAT = Path.of("/proc/stat");
    private static final int TICKS_PER_SECOND = 100;
    private static final int IDLE_FIELD = 3;
    private static final int WAIT_FIELD = 4;
    private static final int STOLEN_FIELD = 7;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private long wallStart;
    private double ownStart;
    private double busyStart;

    CpuClock() {
        restart();
    }

    void restart() {
        wallStart = System.nanoTime();
        ownStart = ownSeconds();
        busyStart = busySeconds();
    }

    /** Cores that other processes, or the hypervisor, kept busy since the start, 0 if none: ticks are 10 ms. */
    double foreignCores() {
        double wall = (System.nanoTime() - wallStart) / 1e9;
        return Math.max(0, (busySeconds() - busyStart) - (ownSeconds() - ownStart)) / wall;
    }

    /**
     * Waits until this process has been idle for a moment, at most two seconds: a peer's threads spin after their work,
     * compilers compile.
     */
    static void awaitIdle() throws InterruptedException {
        for (int attempt = 0; attempt < 40; attempt++) {
            double before = ownSeconds();
            Thread.sleep(50);
            if (ownSeconds() - before < 0.015) {
                return;
            }
        }
    }

    private static double ownSeconds() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    private static double busySeconds() {
        try {
            String all = Files.readAllLines(STAT).getFirst();
            StringTokenizer fields = new StringTokenizer(all.substring(all.indexOf(' ')));
            double busy = 0;
            for (int field = 0; field <= STOLEN_FIELD; field++) {
                long ticks = Long.parseLong(fields.nextToken());
                busy += field == IDLE_FIELD || field == WAIT_FIELD ? 0 : ticks;
            }
            return busy / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + STAT + "; this benchmark needs Linux", e);
        }
    }
}
