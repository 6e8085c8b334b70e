package dev.demitasse.examples.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The two limits of inference on a CPU, measured in about a second: how fast memory streams, which bounds decoding, and
 * how fast the cores multiply and add, which bounds prefill. Plain loops that the JIT compiler vectorises: near the
 * machine's peak, not a proof of it.
 */
final class MachineProbe {
    private static final int STREAM_LONGS_PER_THREAD = 1 << 23;
    private static final int STREAM_PASSES = 8;
    private static final int FMA_FLOATS = 1 << 11;
    private static final int FMA_PER_FLOAT = 16;
    private static final int FMA_PASSES = 60_000;
    private static final int TRIALS = 3;

    private MachineProbe() {}

    /**
     * What was measured.
     *
     * @param readGigabytesPerSecond memory read, all threads together
     * @param gigaflops float32 operations, a multiply-add counting as two, all threads together
     */
    record Result(double readGigabytesPerSecond, double gigaflops) {}

    static Result measure(int threads) {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            double bestRead = 0;
            double bestFlops = 0;
            List<long[]> data = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                data.add(new long[STREAM_LONGS_PER_THREAD]);
            }
            double bytes = (double) threads * STREAM_LONGS_PER_THREAD * Long.BYTES * STREAM_PASSES;
            double flops = 2.0 * threads * FMA_FLOATS * FMA_PER_FLOAT * FMA_PASSES;
            for (int trial = 0; trial < TRIALS; trial++) {
                bestRead = Math.max(bestRead, bytes / nanoseconds(executor, data, MachineProbe::stream));
                bestFlops = Math.max(bestFlops, flops / nanoseconds(executor, data, _ -> multiplyAdd()));
            }
            return new Result(bestRead, bestFlops);
        }
    }

    private interface Work {
        double run(long[] data);
    }

    private static long nanoseconds(ExecutorService executor, List<long[]> data, Work work) {
        long start = System.nanoTime();
        double sum = 0;
        try {
            List<Callable<Double>> tasks = new ArrayList<>();
            for (long[] part : data) {
                tasks.add(() -> work.run(part));
            }
            for (Future<Double> result : executor.invokeAll(tasks)) {
                sum += result.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Errors.CommandException("interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        long elapsed = System.nanoTime() - start;
        // Used, so that the compiler cannot drop the work.
        return Double.isNaN(sum) ? elapsed + 1 : elapsed;
    }

    private static double stream(long[] data) {
        long sum = 0;
        for (int pass = 0; pass < STREAM_PASSES; pass++) {
            sum += sum(data);
        }
        return sum;
    }

    private static long sum(long[] data) {
        long sum = 0;
        for (int i = 0; i < data.length; i++) {
            sum += data[i];
        }
        return sum;
    }

    private static double multiplyAdd() {
        float[] x = new float[FMA_FLOATS];
        for (int pass = 0; pass < FMA_PASSES; pass++) {
            multiplyAdd(x, 0.5f, 0.25f);
        }
        return x[1];
    }

    /** Sixteen dependent multiply-adds for each load and store; neighbours are independent and hide the latency. */
    private static void multiplyAdd(float[] x, float a, float b) {
        for (int i = 0; i < x.length; i++) {
            float v = x[i];
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            v = Math.fma(v, a, b);
            x[i] = v;
        }
    }
}
