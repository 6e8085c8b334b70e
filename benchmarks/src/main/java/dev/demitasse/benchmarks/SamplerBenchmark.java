package dev.demitasse.benchmarks;

import dev.demitasse.sampling.Logprobs;
import dev.demitasse.sampling.Sampler;
import dev.demitasse.sampling.SamplingOptions;
import dev.demitasse.sampling.TokenHistory;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/** One sampling step over the vocabulary of Qwen2.5, after a prompt of 2,000 tokens. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SamplerBenchmark {
    private static final int VOCABULARY = 151_936;

    /** What is asked for. */
    public enum Way {
        /** The largest logit. */
        GREEDY,
        /** What Qwen2.5-0.5B-Instruct's generation_config.json asks for. */
        QWEN,
        /** A draw from the whole vocabulary. */
        TEMPERATURE,
        /** A nucleus of the whole vocabulary. */
        TOP_P,
        /** The typical set of the whole vocabulary. */
        TYPICAL_P,
        /** llama.cpp's defaults. */
        LLAMA_CPP
    }

    /** What is asked for. */
    @Param
    public Way way = Way.QWEN;

    private final float[] logits = new float[VOCABULARY];
    private final float[] scratch = new float[VOCABULARY];
    private TokenHistory history = new TokenHistory(new int[0]);
    private Sampler sampler = options(Way.QWEN).newSampler(1);

    /** Makes logits as wide as real ones and a history. */
    @Setup(Level.Trial)
    public void prepare() {
        Random random = new Random(1);
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = (float) random.nextGaussian() * 3;
        }
        history = new TokenHistory(random.ints(2000, 0, VOCABULARY).toArray());
        sampler = options(way).newSampler(1);
    }

    private static SamplingOptions options(Way way) {
        SamplingOptions.Builder options = SamplingOptions.builder();
        return switch (way) {
            case GREEDY -> options.greedy(true).build();
            case QWEN ->
                options.temperature(0.7f)
                        .topK(20)
                        .topP(0.8f)
                        .repetitionPenalty(1.1f)
                        .build();
            case TEMPERATURE -> options.temperature(0.7f).build();
            case TOP_P -> options.temperature(0.7f).topP(0.9f).build();
            case TYPICAL_P -> options.typicalP(0.9f).build();
            case LLAMA_CPP ->
                options.order(SamplingOptions.Order.LLAMA_CPP)
                        .temperature(0.8f)
                        .topK(40)
                        .topP(0.95f)
                        .minP(0.05f)
                        .build();
        };
    }

    /** One step, the copy of the logits (about 10 us) included. */
    @Benchmark
    public int sample() {
        System.arraycopy(logits, 0, scratch, 0, VOCABULARY);
        return sampler.sample(scratch, history);
    }

    /** Log probabilities of the chosen token and the best five. */
    @Benchmark
    public Logprobs logprobs() {
        return Logprobs.of(logits, 7, 5);
    }
}
