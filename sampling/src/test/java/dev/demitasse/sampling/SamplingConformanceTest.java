package dev.demitasse.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.ConformanceCases;
import dev.demitasse.chat.ConformanceReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code sampling/} of the conformance pack: distributions that transformers and llama.cpp draw from. */
class SamplingConformanceTest {
    private static final double TOLERANCE = 1e-5;

    @Test
    void distributionsEqualThoseOfTransformersAndLlamaCpp() throws IOException {
        Path folder = ConformanceReport.pack().resolve("sampling");
        List<String> failures = new ArrayList<>();
        try (ConformanceReport report = new ConformanceReport("sampling");
                Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = "sampling/" + file.getFileName();
                List<Map<String, @Nullable Object>> examples = ConformanceCases.read(file);
                assertThat(examples).as(name).isNotEmpty();
                for (Map<String, @Nullable Object> example : examples) {
                    report.started(name);
                    String difference = difference(order(file), example);
                    if (difference == null) {
                        report.passed(name);
                    } else {
                        failures.add(name + " " + example.get("id") + ": " + difference);
                    }
                }
            }
        }
        assertThat(failures).isEmpty();
    }

    private static SamplingOptions.Order order(Path file) {
        return switch (file.getFileName().toString()) {
            case "hf.jsonl" -> SamplingOptions.Order.HUGGING_FACE;
            case "llamacpp.jsonl" -> SamplingOptions.Order.LLAMA_CPP;
            default -> throw new AssertionError("no order is known for " + file);
        };
    }

    private static @Nullable String difference(SamplingOptions.Order order, Map<String, @Nullable Object> example) {
        float[] logits = example.containsKey("logits")
                ? floats(example.get("logits"))
                : floatsFromBase64(example.get("logits_f32_b64"));
        Map<?, ?> params = asMap(example.get("params"));
        TokenHistory history = new TokenHistory(ConformanceCases.ints(example.get("input_ids")));
        double[] expected = expected(example, logits.length);
        double[] got = distribution(options(order, params), logits.clone(), history);
        if (order == SamplingOptions.Order.LLAMA_CPP && params.containsKey("typical_p") && hasExcludedToken(logits)) {
            // The reference's answer is an accident: see UnorderedTypicalP. It must be that accident, and ours right.
            double[] accident = aroundTypicalP(params, logits, history, UnorderedTypicalP::kept);
            String unexplained = difference(order, params, logits, accident, expected);
            double[] definition = aroundTypicalP(params, logits, history, BruteForce::typicalP);
            return unexplained != null ? unexplained : difference(order, params, logits, got, definition);
        }
        return difference(order, params, logits, got, expected);
    }

    private static boolean hasExcludedToken(float[] logits) {
        for (float logit : logits) {
            if (logit == Float.NEGATIVE_INFINITY) {
                return true;
            }
        }
        return false;
    }

    /** llama.cpp's chain with another rule in the place of typical-p. */
    private static double[] aroundTypicalP(
            Map<?, ?> params, float[] logits, TokenHistory history, BiFunction<float[], Double, List<Integer>> rule) {
        Map<Object, Object> before = new LinkedHashMap<>(params);
        before.keySet().removeAll(Set.of("typical_p", "top_p", "min_p", "temperature"));
        Candidates candidates = SamplerChain.drawing(
                        options(SamplingOptions.Order.LLAMA_CPP, before).processors(), 0)
                .process(logits.clone(), history);
        float[] left = excluded(logits.length);
        for (int i = 0; i < candidates.size(); i++) {
            left[candidates.token(i)] = candidates.logit(i);
        }
        float[] kept = excluded(logits.length);
        double p = ((Number) Objects.requireNonNull(params.get("typical_p"))).doubleValue();
        for (int token : rule.apply(left, p)) {
            kept[token] = left[token];
        }
        Map<Object, Object> after = new LinkedHashMap<>(params);
        after.keySet().retainAll(Set.of("top_p", "min_p", "temperature"));
        return distribution(options(SamplingOptions.Order.LLAMA_CPP, after), kept, history);
    }

    private static float[] excluded(int vocabulary) {
        float[] logits = new float[vocabulary];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        return logits;
    }

    private static @Nullable String difference(
            SamplingOptions.Order order, Map<?, ?> params, float[] logits, double[] got, double[] expected) {
        if (countKept(got) != countKept(expected)) {
            return params + " kept " + countKept(got) + " tokens, expected " + countKept(expected);
        }
        double[] found = got.clone();
        double[] wanted = expected.clone();
        boolean cutsByMass = params.containsKey("top_p") || params.containsKey("typical_p");
        if (order == SamplingOptions.Order.LLAMA_CPP || cutsByMass) {
            // Which of several equal logits lie above a border is no rule of the algorithm: sorting decides, and
            // neither
            // reference sorts stably.
            addUpEqualLogits(logits, found);
            addUpEqualLogits(logits, wanted);
        }
        for (int token = 0; token < found.length; token++) {
            if (!(Math.abs(found[token] - wanted[token]) <= TOLERANCE)) {
                return params + " gave token " + token + " probability " + found[token] + ", expected " + wanted[token];
            }
        }
        return null;
    }

    /** Tokens that can be drawn: below that, float and double references disagree on what underflows to 0. */
    private static long countKept(double[] probabilities) {
        return Arrays.stream(probabilities).filter(p -> p > 1e-30).count();
    }

    private static double[] distribution(SamplingOptions options, float[] logits, TokenHistory history) {
        double[] probabilities = new double[logits.length];
        Candidates candidates = SamplerChain.drawing(options.processors(), 0).process(logits, history);
        double max = candidates.max();
        double total = 0;
        for (int i = 0; i < candidates.size(); i++) {
            double weight = Math.exp(candidates.logit(i) - max);
            probabilities[candidates.token(i)] = weight;
            total += weight;
        }
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] /= total;
        }
        return probabilities;
    }

    private static SamplingOptions options(SamplingOptions.Order order, Map<?, ?> params) {
        SamplingOptions.Builder options = SamplingOptions.builder().order(order);
        params.forEach((name, value) -> {
            float number = ((Number) value).floatValue();
            switch ((String) name) {
                case "temperature" -> options.temperature(number);
                case "top_k" -> options.topK((int) number);
                case "top_p" -> options.topP(number);
                case "min_p" -> options.minP(number);
                case "typical_p" -> options.typicalP(number);
                case "repetition_penalty" -> options.repetitionPenalty(number);
                case "frequency_penalty" -> options.frequencyPenalty(number);
                case "presence_penalty" -> options.presencePenalty(number);
                case "penalty_last_n" -> options.penaltyWindow((int) number);
                default -> throw new AssertionError("unknown parameter " + name);
            }
        });
        return options.build();
    }

    private static void addUpEqualLogits(float[] logits, double[] probabilities) {
        Map<Float, Integer> firstOf = new HashMap<>();
        for (int token = 0; token < logits.length; token++) {
            float logit = logits[token] + 0.0f; // -0 becomes 0, which it equals
            int first = Objects.requireNonNullElse(firstOf.putIfAbsent(logit, token), token);
            if (first != token) {
                probabilities[first] += probabilities[token];
                probabilities[token] = 0;
            }
        }
    }

    private static double[] expected(Map<String, @Nullable Object> example, int vocabulary) {
        double[] probabilities = new double[vocabulary];
        if (example.get("probs_sparse") instanceof List<?> sparse) {
            for (Object pair : sparse) {
                List<?> tokenAndProbability = (List<?>) Objects.requireNonNull(pair);
                int token = ((Number) Objects.requireNonNull(tokenAndProbability.get(0))).intValue();
                probabilities[token] = ((Number) Objects.requireNonNull(tokenAndProbability.get(1))).doubleValue();
            }
            return probabilities;
        }
        float[] dense = floatsFromBase64(example.get("probs_f32_b64"));
        for (int i = 0; i < vocabulary; i++) {
            probabilities[i] = dense[i];
        }
        return probabilities;
    }

    private static float[] floats(@Nullable Object list) {
        List<?> values = (List<?>) Objects.requireNonNull(list);
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = ((Number) Objects.requireNonNull(values.get(i))).floatValue();
        }
        return floats;
    }

    private static float[] floatsFromBase64(@Nullable Object text) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode((String) Objects.requireNonNull(text)))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] floats = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(floats);
        return floats;
    }

    private static Map<?, ?> asMap(@Nullable Object value) {
        return (Map<?, ?>) Objects.requireNonNull(value);
    }
}
