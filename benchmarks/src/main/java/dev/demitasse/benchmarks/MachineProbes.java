package dev.demitasse.benchmarks;

import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;

/**
 * The two limits of a kernel on this machine: how fast memory streams and how fast the cores multiply and add. Plain
 * loops that the JIT compiler vectorises; run by the workers that run the kernels.
 */
final class MachineProbes {
    /** Longs that each thread streams: 64 MB, more than caches hold. */
    private static final int STREAM_LONGS = 1 << 23;

    private static final int FMA_FLOATS = 1 << 10;
    private static final int FMA_PER_FLOAT = 16;
    private static final int FMA_PASSES = 1000;

    private final Workers workers;
    private final long[][] streams; // [threads, STREAM_LONGS], allocated when first streamed
    private final float[][] factors; // [threads, FMA_FLOATS]
    private final long[] sums;

    MachineProbes(Workers workers) {
        this.workers = workers;
        this.streams = new long[workers.threads()][];
        this.factors = new float[workers.threads()][FMA_FLOATS];
        this.sums = new long[workers.threads()];
    }

    /** Reads {@link #streamedBytes()} bytes, all threads together. */
    long stream() {
        if (streams[0] == null) {
            Arrays.setAll(streams, _ -> new long[STREAM_LONGS]);
        }
        workers.run(streams.length, (_, chunk) -> sums[chunk] = sum(streams[chunk]));
        return sums[0];
    }

    long streamedBytes() {
        return (long) streams.length * STREAM_LONGS * Long.BYTES;
    }

    /** Does {@link #multiplyAdds()} float32 multiply-adds in the first-level cache, all threads together. */
    float multiplyAdd() {
        workers.run(factors.length, (_, chunk) -> {
            for (int pass = 0; pass < FMA_PASSES; pass++) {
                multiplyAdd(factors[chunk], 0.5f, 0.25f);
            }
        });
        float settled = factors[0][0];
        if (!(Math.abs(settled - 0.5f) < 1e-6f)) {
            throw new IllegalStateException("the probe computed " + settled + "; expected 0.5");
        }
        return settled;
    }

    long multiplyAdds() {
        return (long) factors.length * FMA_FLOATS * FMA_PER_FLOAT * FMA_PASSES;
    }

    private static long sum(long[] data) {
        long sum = 0;
        for (int i = 0; i < data.length; i++) {
            sum += data[i];
        }
        return sum;
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
