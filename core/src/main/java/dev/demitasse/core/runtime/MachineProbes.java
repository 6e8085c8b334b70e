package dev.demitasse.core.runtime;

import java.util.Arrays;

/**
 * The two limits of a kernel on this machine: how fast memory streams, which bounds decoding, and how fast the cores
 * multiply and add, which bounds prefill. Plain loops that the JIT compiler vectorises, run by the workers that run the
 * kernels: near the machine's peak, not a proof of it. Whoever asks measures the time, and again until it has settled.
 *
 * <p>For one thread at a time, which must be the one that calls the workers.
 */
public final class MachineProbes {
    /** Bytes for each thread to stream that no core's caches hold. */
    public static final int UNCACHED_BYTES = 1 << 26;

    private static final int FMA_FLOATS = 1 << 10;
    private static final int FMA_PER_FLOAT = 16;
    private static final int FMA_PASSES = 1000;

    private final Workers workers;
    private final int streamLongs; // for each thread
    private final long[][] streams; // [threads, streamLongs], allocated when first streamed
    private final float[][] factors; // [threads, FMA_FLOATS]
    private final long[] sums;

    /**
     * Probes that stream {@link #UNCACHED_BYTES} of the heap a thread.
     *
     * @param workers stay the caller's
     */
    public MachineProbes(Workers workers) {
        this(workers, UNCACHED_BYTES);
    }

    /**
     * Probes.
     *
     * @param workers stay the caller's
     * @param streamBytes bytes of the heap for each thread to stream, at least 8; where caches hold them, it is the caches
     *     that are measured
     */
    public MachineProbes(Workers workers, int streamBytes) {
        if (streamBytes < Long.BYTES) {
            throw new IllegalArgumentException("streamBytes must be at least " + Long.BYTES + ", got " + streamBytes);
        }
        this.workers = workers;
        this.streamLongs = streamBytes / Long.BYTES;
        this.streams = new long[workers.threads()][];
        this.factors = new float[workers.threads()][FMA_FLOATS];
        this.sums = new long[workers.threads()];
    }

    /** Reads {@link #streamedBytes} bytes, all threads together. Returns a sum, so that no compiler drops the work. */
    public long stream() {
        if (streams[0] == null) {
            Arrays.setAll(streams, _ -> new long[streamLongs]);
        }
        workers.run(streams.length, (_, chunk) -> sums[chunk] = sum(streams[chunk]));
        return sums[0];
    }

    /** Bytes that one call of {@link #stream} reads. */
    public long streamedBytes() {
        return (long) streams.length * streamLongs * Long.BYTES;
    }

    /** Does {@link #multiplyAdds} float32 multiply-adds in the first-level cache, all threads together. */
    public float multiplyAdd() {
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

    /** Multiply-adds of one call of {@link #multiplyAdd()}. */
    public long multiplyAdds() {
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
