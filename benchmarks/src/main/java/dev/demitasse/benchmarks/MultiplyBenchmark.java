package dev.demitasse.benchmarks;

import dev.demitasse.core.runtime.MachineProbes;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Every weight format times one token and times 128, beside the machine's limits: the columns {@code gigabytes} and
 * {@code gigaMacs} are per second, and stand in the same unit for the probes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class MultiplyBenchmark {
    private static final int GEMM_TOKENS = 128;

    /** Where the weights are. */
    public enum Place {
        /** Half a million weights: in the second or third cache. */
        CACHE(512),
        /** A hundred million weights: beyond any cache. */
        MEMORY(98_304);

        private final int rows;

        Place(int rows) {
            this.rows = rows;
        }
    }

    /** Done by the invocations of an iteration; JMH divides by its time. */
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Counters {
        /** Bytes of weights read, 1e9. */
        public double gigabytes;
        /** Multiply-adds, 1e9. */
        public double gigaMacs;

        /** Starts an iteration. */
        @Setup(Level.Iteration)
        public void clear() {
            gigabytes = 0;
            gigaMacs = 0;
        }
    }

    /** The machine's limits, measured in a fork of the same run. */
    @State(Scope.Benchmark)
    public static class Probes {
        /** Threads. */
        @Param("2")
        public int threads = 2;

        private Workers workers = new Workers("probe", 1);
        private MachineProbes probes = new MachineProbes(workers);

        /** Starts the threads. */
        @Setup
        public void prepare() {
            workers.close();
            workers = new Workers("probe", threads);
            probes = new MachineProbes(workers);
        }

        /** Ends the threads. */
        @TearDown
        public void close() {
            workers.close();
        }
    }

    /** One matrix. */
    @State(Scope.Benchmark)
    public static class Weights {
        /** How the file stores them. */
        @Param
        public DType type = DType.Q8_0;

        /** Where they are. */
        @Param
        public Place place = Place.CACHE;

        /** Threads. */
        @Param("2")
        public int threads = 2;

        private Workers workers = new Workers("kernel", 1);
        private MultiplyTrial gemv = trial(1, 1);
        private MultiplyTrial gemm = trial(1, 1);

        /** Makes the matrices. */
        @Setup
        public void prepare() {
            close();
            workers = new Workers("kernel", threads);
            gemv = trial(place.rows, 1);
            gemm = trial(place.rows, GEMM_TOKENS);
        }

        private MultiplyTrial trial(int rows, int tokens) {
            return new MultiplyTrial(MultiplyTrial.bestKernels(), workers, type, rows, tokens);
        }

        /** Frees them. */
        @TearDown
        public void close() {
            gemv.close();
            gemm.close();
            workers.close();
        }
    }

    /** Decode's product. */
    @Benchmark
    public void gemv(Weights weights, Counters counters, Blackhole blackhole) {
        run(weights.gemv, counters, blackhole);
    }

    /** Prefill's product. */
    @Benchmark
    public void gemm128(Weights weights, Counters counters, Blackhole blackhole) {
        run(weights.gemm, counters, blackhole);
    }

    private static void run(MultiplyTrial trial, Counters counters, Blackhole blackhole) {
        blackhole.consume(trial.run());
        counters.gigabytes += trial.bytes() / 1e9;
        counters.gigaMacs += trial.multiplyAdds() / 1e9;
        trial.checkOnce();
    }

    /** The limit of {@code gigabytes} where the weights are in memory. */
    @Benchmark
    public void probeStream(Probes probes, Counters counters, Blackhole blackhole) {
        blackhole.consume(probes.probes.stream());
        counters.gigabytes += probes.probes.streamedBytes() / 1e9;
    }

    /** The limit of {@code gigaMacs}. */
    @Benchmark
    public void probeMultiplyAdd(Probes probes, Counters counters, Blackhole blackhole) {
        blackhole.consume(probes.probes.multiplyAdd());
        counters.gigaMacs += probes.probes.multiplyAdds() / 1e9;
    }
}
