package dev.demitasse.benchmarks;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.RawSequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From the start of a process to its end after the first token of a prompt of 20: what a command-line user waits for. The
 * file is in the page cache from the second iteration on.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 5)
@Fork(1)
public class StartUpBenchmark {
    private static final int PROMPT = 20;

    /** A GGUF file. */
    @Param("")
    public String model = "";

    /** Runs the process. */
    @Benchmark
    public int processToFirstToken() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FirstToken.class.getName(),
                        model)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        int status = process.waitFor();
        if (status != 0) {
            throw new IllegalStateException("the process ended with status " + status + " on model \"" + model + "\"");
        }
        return status;
    }

    /** The program that is started. */
    static final class FirstToken {
        private FirstToken() {}

        /** Argument: the model. */
        public static void main(String[] arguments) {
            try (RawModel raw = RawModel.load(Path.of(arguments[0]));
                    RawSequence sequence = raw.newSequence()) {
                int[] prompt =
                        new Random(1).ints(PROMPT, 0, raw.vocabularySize()).toArray();
                sequence.generate(prompt, ChatOptions.of(o -> o.greedy().maxTokens(1)), Set.of());
            }
        }
    }
}
