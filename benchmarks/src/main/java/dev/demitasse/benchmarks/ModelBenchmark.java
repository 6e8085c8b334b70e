package dev.demitasse.benchmarks;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole model by every engine, each in a JVM of its own: {@code -p model=random-q8_0.gguf}. {@link Compare} measures the
 * same in turns, which is what ratios are quoted from.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class ModelBenchmark {
    /** A GGUF file. */
    @Param("")
    public String model = "";

    /** Who computes. */
    @Param
    public EngineType type = EngineType.OURS;

    /** Threads that compute. */
    @Param("2")
    public int threads = 2;

    private final Random random = new Random(9);
    private @Nullable Engine loaded;

    /** Loads the model. */
    @Setup
    public void load() {
        if (model.isEmpty()) {
            throw new IllegalStateException("no model: add -p model=FILE, a GGUF file such as ModelGenerator writes");
        }
        loaded = type.open(Path.of(model), new Engine.Settings(threads, 1024));
    }

    private Engine engine() {
        return Objects.requireNonNull(loaded, "no model is loaded");
    }

    /** Frees it. */
    @TearDown
    public void close() {
        engine().close();
    }

    /** 128 tokens are read. */
    @Benchmark
    public double prefill128() {
        return Cell.of("pp128").measure(engine(), random);
    }

    /** 100 tokens are decoded. */
    @Benchmark
    public double decode100() {
        return Cell.of("tg100").measure(engine(), random);
    }

    /** 20 tokens are read and answered with 100, as text. */
    @Benchmark
    public double answer() {
        return Cell.of("e2e").measure(engine(), random);
    }
}
