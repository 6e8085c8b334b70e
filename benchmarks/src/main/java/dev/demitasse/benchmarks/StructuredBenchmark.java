package dev.demitasse.benchmarks;

import dev.demitasse.grammar.Grammar;
import dev.demitasse.grammar.JsonSchema;
import dev.demitasse.grammar.TokenGrammar;
import dev.demitasse.grammar.TokenTrie;
import dev.demitasse.sampling.Sampler;
import dev.demitasse.sampling.SamplingOptions;
import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.sampling.TokenHistory;
import dev.demitasse.tokenizer.TokenizerJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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

/**
 * What holding a reply to a JSON Schema costs for each token, over the vocabulary of Qwen2.5: excluding tokens and taking
 * the one that came. Give the vocabulary with {@code -p tokenizerJson=.../tokenizer.json}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class StructuredBenchmark {
    private static final int LOGITS = 151_936;
    private static final int REPLIES = 20;
    private static final int MAX_TOKENS = 128;
    private static final Map<String, Object> TEXT = Map.of("type", "string");

    /** What replies are held to. */
    public enum Schema {
        /** An object of a string, an enum, a number and a list of strings. */
        TICKET,
        /** Strings of limited length: every character leads to another place of the grammar. */
        COUNTED,
        /** Objects in objects. */
        RECURSIVE,
        /** Any JSON. */
        ANY
    }

    /** What replies are held to. */
    @Param
    public Schema schema = Schema.TICKET;

    /** The tokenizer.json file. */
    @Param("tokenizer.json")
    public String tokenizerJson = "tokenizer.json";

    private final float[] logits = new float[LOGITS];
    private final float[] masked = new float[LOGITS];
    private final List<int[]> replies = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // set by drawReplies
    private Grammar grammar;

    @SuppressWarnings("NullAway.Init") // set by drawReplies
    private TokenTrie trie;

    @SuppressWarnings("NullAway.Init") // set by drawReplies
    private TokenGrammar warm;

    @SuppressWarnings("NullAway.Init") // set by drawReplies
    private TokenConstraint constraint;

    private int reply;
    private int position;

    /** Draws replies from a model that knows nothing, to be repeated. */
    @Setup(Level.Trial)
    public void drawReplies() {
        grammar = Grammar.of(JsonSchema.expression(schemaOf(schema)));
        trie = new TokenTrie(TokenizerJson.load(Path.of(tokenizerJson)).vocabulary());
        warm = new TokenGrammar(grammar, trie);
        Random random = new Random(1);
        for (int i = 0; i < REPLIES; i++) {
            replies.add(draw(random));
        }
        constraint = warm.newConstraint(Set.of());
    }

    private int[] draw(Random random) {
        TokenConstraint drawn = warm.newConstraint(Set.of());
        Sampler sampler = SamplingOptions.builder().temperature(2).build().newSampler(random.nextLong());
        List<Integer> tokens = new ArrayList<>();
        while (tokens.size() < MAX_TOKENS && !drawn.isExhausted()) {
            for (int i = 0; i < LOGITS; i++) {
                logits[i] = (float) random.nextGaussian() * 3;
            }
            drawn.mask(logits, MAX_TOKENS - tokens.size());
            int token = sampler.sample(logits, new TokenHistory(new int[0]));
            drawn.accept(token);
            tokens.add(token);
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private static Object schemaOf(Schema schema) {
        return switch (schema) {
            case TICKET ->
                object(Map.of(
                        "title", TEXT,
                        "mood", Map.of("enum", List.of("HAPPY", "NEUTRAL", "ANGRY")),
                        "urgency", Map.of("type", "integer", "format", "int32"),
                        "products", Map.of("type", "array", "items", TEXT)));
            case COUNTED -> Map.of("type", "array", "items", Map.of("type", "string", "minLength", 8, "maxLength", 80));
            case RECURSIVE ->
                object(Map.of("name", TEXT, "children", Map.of("type", "array", "items", Map.of("$ref", "#"))));
            case ANY -> true;
        };
    }

    private static Object object(Map<String, Object> properties) {
        return Map.of("type", "object", "properties", properties, "required", List.copyOf(properties.keySet()));
    }

    /** One token of a reply under a grammar that other replies have used before; the copy of the logits included. */
    @Benchmark
    public float[] token() {
        return step(warm);
    }

    /** One token of the first reply under a grammar. */
    @Benchmark
    public float[] tokenOfFirstReply() {
        if (position == 0) {
            warm = new TokenGrammar(grammar, trie);
            constraint = warm.newConstraint(Set.of());
        }
        return step(warm);
    }

    private float[] step(TokenGrammar current) {
        int[] tokens = replies.get(reply);
        System.arraycopy(logits, 0, masked, 0, LOGITS);
        constraint.mask(masked, MAX_TOKENS - position);
        constraint.accept(tokens[position++]);
        if (position == tokens.length) {
            position = 0;
            reply = (reply + 1) % REPLIES;
            constraint = current.newConstraint(Set.of());
        }
        return masked;
    }
}
