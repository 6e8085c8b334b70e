package dev.demitasse.examples.cli;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.ModelLoader;
import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.RawSequence;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Speed of a model on this machine, measured as llama-bench does: prefill, decode, both at depth. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures load time, time to the first token (cold and warm), prefill and decode speed, and memory.",
            "Each test runs once unmeasured, then -r times; tokens are random, the speed does not depend on them."
        })
final class Bench implements Callable<Integer> {
    private static final int FIRST_TOKEN_PROMPT = 20;
    private static final long SEED = 42;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.HELP)
    private @Nullable String model;

    @Option(names = "-p", split = ",", paramLabel = "N", description = "Prompt lengths (default: ${DEFAULT-VALUE}).")
    private List<Integer> prompts = List.of(20, 128, 512);

    @Option(
            names = {"-n", "--generate"},
            split = ",",
            paramLabel = "N",
            description = "Tokens to generate (default: ${DEFAULT-VALUE}).")
    private List<Integer> generated = List.of(100);

    @Option(
            names = "-d",
            split = ",",
            paramLabel = "N",
            description = "Tokens in the cache before (default: ${DEFAULT-VALUE}).")
    private List<Integer> depths = List.of(0);

    @Option(names = "-r", paramLabel = "N", description = "Repetitions (default: ${DEFAULT-VALUE}).")
    private int repetitions = 5;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin
    private ModelArguments modelArguments = new ModelArguments();

    @Spec
    private CommandSpec spec;

    private final Random random = new Random(SEED);

    /** One test and its measured tokens per second. */
    private record Result(String test, int prompt, int generated, int depth, List<Double> samples) {
        double median() {
            return Statistics.median(samples);
        }

        Map<String, Object> json() {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("test", test);
            object.put("n_prompt", prompt);
            object.put("n_gen", generated);
            object.put("n_depth", depth);
            object.put("median_ts", median());
            object.put("avg_ts", Statistics.mean(samples));
            object.put("stddev_ts", Statistics.standardDeviation(samples));
            object.put("samples_ts", samples);
            return object;
        }
    }

    @Override
    public Integer call() {
        check();
        long loadStart = System.nanoTime();
        try (RawModel raw =
                loader().loadRaw(ModelFiles.find(model, spec.commandLine().getErr()))) {
            double loadMillis = (System.nanoTime() - loadStart) / 1e6;
            double coldMillis = firstTokenMillis(raw);
            double sinceStartMillis = Machine.millisecondsSinceStart();
            double warmMillis = warmFirstTokenMillis(raw);
            List<Result> results = new ArrayList<>();
            for (int depth : depths) {
                for (int length : prompts) {
                    results.add(prefill(raw, length, depth));
                }
                for (int length : generated) {
                    results.add(decode(raw, length, depth));
                }
            }
            Map<String, Object> report = new LinkedHashMap<>(ModelReport.of(raw.info()));
            report.put("load_ms", loadMillis);
            report.put("ttft_cold_ms", coldMillis);
            report.put("ttft_warm_ms", warmMillis);
            report.put("process_start_to_first_token_ms", sinceStartMillis);
            Machine.peakResidentBytes().ifPresent(bytes -> report.put("peak_rss_bytes", bytes));
            report.put("repetitions", repetitions);
            report.put("results", results.stream().map(Result::json).toList());
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(JsonLines.JSON.writeValueAsString(report));
            } else {
                print(report, results, ModelReport.line(raw.info()), out);
            }
        }
        return 0;
    }

    private void check() {
        if (repetitions < 1) {
            throw new Errors.CommandException("-r is " + repetitions + "; expected at least 1");
        }
        for (int length : prompts) {
            require(length >= 0, "-p", length);
        }
        for (int length : generated) {
            require(length >= 0, "-n", length);
        }
        for (int depth : depths) {
            require(depth >= 0, "-d", depth);
        }
        prompts = prompts.stream().filter(length -> length > 0).toList();
        generated = generated.stream().filter(length -> length > 0).toList();
    }

    private static void require(boolean good, String option, int value) {
        if (!good) {
            throw new Errors.CommandException(option + " is " + value + "; expected 0 or more");
        }
    }

    /** The context is made as long as the longest test, unless the caller asked for one. */
    private ModelLoader loader() {
        ModelLoader loader = modelArguments.loader(false);
        if (modelArguments.context() == null) {
            int deepest = depths.stream().mapToInt(Integer::intValue).max().orElse(0);
            int longest = Math.max(
                    prompts.stream().mapToInt(Integer::intValue).max().orElse(0),
                    generated.stream().mapToInt(Integer::intValue).max().orElse(0));
            loader.contextSize(Math.max(deepest + longest + 1, FIRST_TOKEN_PROMPT + 1));
        }
        return loader;
    }

    private double firstTokenMillis(RawModel raw) {
        int[] prompt = randomTokens(raw, FIRST_TOKEN_PROMPT);
        try (RawSequence sequence = raw.newSequence()) {
            long start = System.nanoTime();
            sequence.generate(prompt, ChatOptions.of(o -> o.greedy().maxTokens(1)), Set.of());
            return (System.nanoTime() - start) / 1e6;
        }
    }

    private double warmFirstTokenMillis(RawModel raw) {
        List<Double> samples = new ArrayList<>();
        // The first ones warm the JVM up.
        for (int i = 0; i < 5 * repetitions; i++) {
            double sample = firstTokenMillis(raw);
            if (i >= 4 * repetitions) {
                samples.add(sample);
            }
        }
        return Statistics.median(samples);
    }

    private Result prefill(RawModel raw, int length, int depth) {
        List<Double> samples = new ArrayList<>();
        try (RawSequence sequence = atDepth(raw, depth)) {
            for (int i = 0; i <= repetitions; i++) {
                int[] tokens = randomTokens(raw, length);
                long start = System.nanoTime();
                sequence.append(tokens);
                addSample(samples, i, length, start);
                sequence.truncate(depth);
            }
        }
        return new Result("pp" + length + at(depth), length, 0, depth, samples);
    }

    private Result decode(RawModel raw, int length, int depth) {
        List<Double> samples = new ArrayList<>();
        try (RawSequence sequence = atDepth(raw, depth)) {
            ChatOptions options = ChatOptions.of(o -> o.greedy().maxTokens(length));
            for (int i = 0; i <= repetitions; i++) {
                int[] first = randomTokens(raw, 1);
                long start = System.nanoTime();
                sequence.generate(first, options, Set.of());
                addSample(samples, i, length, start);
                sequence.truncate(depth);
            }
        }
        return new Result("tg" + length + at(depth), 0, length, depth, samples);
    }

    private static void addSample(List<Double> samples, int run, int tokens, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        if (run > 0) {
            samples.add(tokens / seconds);
        }
    }

    private static String at(int depth) {
        return depth == 0 ? "" : " @ d" + depth;
    }

    private RawSequence atDepth(RawModel raw, int depth) {
        RawSequence sequence = raw.newSequence();
        if (depth > 0) {
            sequence.append(randomTokens(raw, depth));
        }
        return sequence;
    }

    private int[] randomTokens(RawModel raw, int count) {
        return random.ints(count, 0, raw.vocabularySize()).toArray();
    }

    private static void print(Map<String, Object> report, List<Result> results, String model, PrintWriter out) {
        out.println(model);
        out.println("load " + millis(report, "load_ms") + ", first token of " + FIRST_TOKEN_PROMPT + ": cold "
                + millis(report, "ttft_cold_ms") + ", warm " + millis(report, "ttft_warm_ms")
                + "; process start to first token " + millis(report, "process_start_to_first_token_ms"));
        if (report.get("peak_rss_bytes") instanceof Long bytes) {
            out.println("peak resident memory " + Sizes.bytes(bytes));
        }
        out.println();
        out.println("| test            | tokens/s (median) |   +- |");
        out.println("| --------------- | ----------------: | ---: |");
        for (Result result : results) {
            out.println(String.format(
                    Locale.ROOT,
                    "| %-15s | %17.2f | %4.2f |",
                    result.test(),
                    result.median(),
                    Statistics.standardDeviation(result.samples())));
        }
    }

    private static String millis(Map<String, Object> report, String key) {
        return report.get(key) instanceof Double millis ? Math.round(millis) + " ms" : "unknown";
    }
}
