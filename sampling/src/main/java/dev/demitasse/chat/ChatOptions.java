package dev.demitasse.chat;

import dev.demitasse.sampling.Sampler;
import dev.demitasse.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a reply is generated. An immutable value made by a builder; what is not set is inherited: by a turn from its
 * session, by a session from its model ({@link ModelLanguage#defaults}).
 *
 * {@snippet :
 * try (var chat = model.newChat().options(o -> o.temperature(0.2).maxTokens(200)).start()) {
 *     chat.ask("Why is the sky blue?");
 *     chat.ask("In five words?", o -> o.maxTokens(20)); // at the session's temperature
 * }
 * }
 */
public final class ChatOptions {
    /** Tokens of a reply where nothing else is said. */
    static final int DEFAULT_MAX_TOKENS = 1024;

    /** Nothing set: everything is inherited. */
    public static final ChatOptions INHERIT = new Builder().build();

    private final Builder values;

    private ChatOptions(Builder values) {
        this.values = values;
    }

    /** A builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Options set by a lambda: {@code ChatOptions.of(o -> o.temperature(0.2f).maxTokens(200))}. */
    public static ChatOptions of(Consumer<? super Builder> setting) {
        Builder builder = new Builder();
        setting.accept(builder);
        return builder.build();
    }

    /** A builder that starts with these options. */
    public Builder toBuilder() {
        return new Builder(values);
    }

    /** These options, with everything that {@code over} sets in its place. */
    public ChatOptions with(ChatOptions over) {
        Builder merged = new Builder(values);
        merged.setFrom(over.values);
        return merged.build();
    }

    boolean isGreedy() {
        return Boolean.TRUE.equals(values.greedy);
    }

    /** These options without penalties of any kind. */
    ChatOptions withoutPenalties() {
        Builder others = new Builder(values);
        others.repetitionPenalty = null;
        others.presencePenalty = null;
        others.frequencyPenalty = null;
        return others.build();
    }

    /** What is set, by name, in the order of names. */
    Map<String, Object> named() {
        return values.named();
    }

    int maxTokens() {
        return Objects.requireNonNullElse(values.maxTokens, DEFAULT_MAX_TOKENS);
    }

    /** A new sampler for one reply: the application's own, or one that follows these options. */
    Sampler newSampler() {
        if (values.sampler != null) {
            return Objects.requireNonNull(values.sampler.get(), "the sampler that options.sampler() supplied");
        }
        long seed =
                values.seed != null ? values.seed : ThreadLocalRandom.current().nextLong();
        return sampling().newSampler(seed);
    }

    private SamplingOptions sampling() {
        SamplingOptions.Builder sampling = SamplingOptions.builder();
        set(values.greedy, sampling::greedy);
        set(values.temperature, sampling::temperature);
        set(values.topK, sampling::topK);
        set(values.topP, sampling::topP);
        set(values.minP, sampling::minP);
        set(values.typicalP, sampling::typicalP);
        set(values.repetitionPenalty, sampling::repetitionPenalty);
        set(values.presencePenalty, sampling::presencePenalty);
        set(values.frequencyPenalty, sampling::frequencyPenalty);
        set(values.logitBias, sampling::logitBias);
        return sampling.build();
    }

    private static <T> void set(@Nullable T value, Function<T, SamplingOptions.Builder> setter) {
        if (value != null) {
            var _ = setter.apply(value);
        }
    }

    List<String> stop() {
        return Objects.requireNonNullElse(values.stop, List.of());
    }

    /** Most tokens to guess at once; 0 for none. */
    int promptLookup() {
        return Objects.requireNonNullElse(values.promptLookup, 0);
    }

    /** How many alternatives each token is reported with, or -1 for no report. */
    int logprobs() {
        return Objects.requireNonNullElse(values.logprobs, -1);
    }

    /** What the reply is held to, or null. */
    @Nullable
    OutputGrammar output() {
        return values.output;
    }

    @Nullable
    Duration timeout() {
        return values.timeout;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChatOptions options && values.named().equals(options.values.named());
    }

    @Override
    public int hashCode() {
        return values.named().hashCode();
    }

    /** What is set, by name. */
    @Override
    public String toString() {
        return "ChatOptions" + values.named();
    }

    /** Sets options. Each method returns the builder; later calls replace earlier ones. Not thread-safe. */
    public static final class Builder {
        private @Nullable Boolean greedy;
        private @Nullable Integer maxTokens;
        private @Nullable Float temperature;
        private @Nullable Integer topK;
        private @Nullable Float topP;
        private @Nullable Float minP;
        private @Nullable Float typicalP;
        private @Nullable Float repetitionPenalty;
        private @Nullable Float presencePenalty;
        private @Nullable Float frequencyPenalty;
        private @Nullable Long seed;
        private @Nullable List<String> stop;
        private @Nullable Map<Integer, Float> logitBias;
        private @Nullable Integer logprobs;
        private @Nullable Integer promptLookup;
        private @Nullable Duration timeout;
        private @Nullable Supplier<? extends Sampler> sampler;
        private @Nullable OutputGrammar output;

        private Builder() {}

        private Builder(Builder source) {
            setFrom(source);
        }

        /**
         * Always the most probable token. Penalties and bias that the turn or the session sets count, the penalties that
         * the model recommends do not. A temperature set later undoes it.
         */
        public Builder greedy() {
            greedy = true;
            return this;
        }

        /** Most tokens of a reply, at least 1. Default 1024. */
        public Builder maxTokens(int maxTokens) {
            check(maxTokens >= 1, "maxTokens", "at least 1", maxTokens);
            this.maxTokens = maxTokens;
            return this;
        }

        /**
         * Divides the logits: below 1 more predictable, above 1 more surprising. 0 to 100; 0 takes the most probable token,
         * after all penalties, those that the model recommends among them.
         */
        public Builder temperature(double temperature) {
            check(temperature >= 0 && temperature <= 100, "temperature", "from 0 to 100", temperature);
            this.temperature = (float) temperature;
            this.greedy = false;
            return this;
        }

        /** Keeps the k most probable tokens; 0 keeps all. */
        public Builder topK(int topK) {
            check(topK >= 0, "topK", "0 (off) or more", topK);
            this.topK = topK;
            return this;
        }

        /** Keeps the most probable tokens that reach this total probability, above 0 up to 1; 1 keeps all. */
        public Builder topP(double topP) {
            check(topP > 0 && topP <= 1, "topP", "above 0 and at most 1 (off)", topP);
            this.topP = (float) topP;
            return this;
        }

        /** Keeps tokens with at least this share of the best one's probability, from 0 (all) to 1. */
        public Builder minP(double minP) {
            check(minP >= 0 && minP <= 1, "minP", "from 0 (off) to 1", minP);
            this.minP = (float) minP;
            return this;
        }

        /** Locally typical sampling: keeps this total probability of the least surprising tokens, above 0 up to 1. */
        public Builder typicalP(double typicalP) {
            check(typicalP > 0 && typicalP <= 1, "typicalP", "above 0 and at most 1 (off)", typicalP);
            this.typicalP = (float) typicalP;
            return this;
        }

        /** Makes tokens that occurred before, the prompt included, less probable: above 0; 1 is off. */
        public Builder repetitionPenalty(double penalty) {
            check(penalty > 0 && penalty <= 100, "repetitionPenalty", "above 0 and at most 100", penalty);
            this.repetitionPenalty = (float) penalty;
            return this;
        }

        /** Taken once from the logit of each token the reply has already: -100 to 100; 0 is off. */
        public Builder presencePenalty(double penalty) {
            check(Math.abs(penalty) <= 100, "presencePenalty", "from -100 to 100", penalty);
            this.presencePenalty = (float) penalty;
            return this;
        }

        /** Taken from a token's logit for each time the reply has it already: -100 to 100; 0 is off. */
        public Builder frequencyPenalty(double penalty) {
            check(Math.abs(penalty) <= 100, "frequencyPenalty", "from -100 to 100", penalty);
            this.frequencyPenalty = (float) penalty;
            return this;
        }

        /**
         * Makes the draw repeatable: same seed, options, prompt, kernels and version, same text, as long as no other turn is
         * computed at the same time. With others the logits can differ in their last bits, and the text where a draw was close.
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Ends the reply before any of these strings; none may be empty. No argument: no stop strings. */
        public Builder stop(String... stops) {
            return stop(List.of(stops));
        }

        /** Ends the reply before any of these strings; none may be empty. */
        public Builder stop(List<String> stops) {
            for (String stop : stops) {
                check(!stop.isEmpty(), "stop", "strings that are not empty", "\"\"");
            }
            this.stop = List.copyOf(stops);
            return this;
        }

        /** Added to the logits of these tokens, by token id: finite; -100 keeps a token out in practice. */
        public Builder logitBias(Map<Integer, Float> bias) {
            bias.forEach((token, value) -> check(
                    token >= 0 && Float.isFinite(value),
                    "logitBias",
                    "finite numbers by token id",
                    token + "=" + value));
            this.logitBias = Map.copyOf(bias);
            return this;
        }

        /** Reports the log probability of each token, and of so many best alternatives: 0 to 100. */
        public Builder logprobs(int top) {
            check(top >= 0 && top <= 100, "logprobs", "from 0 to 100", top);
            this.logprobs = top;
            return this;
        }

        /**
         * Speculative decoding: guesses so many tokens at once from earlier places in the conversation where the last ones
         * stand too, and computes them in one pass. A reply that repeats much of its prompt (a summary, corrected code)
         * takes less time; others take a little more. The text is drawn as without it: the same distribution, the same
         * random numbers. Logits can differ in their last bits, as with others' turns. {@link Timings} counts the guesses.
         *
         * @param tokens from 1 to 15; 7 suits most. 0, the default, is off
         */
        public Builder promptLookup(int tokens) {
            check(tokens >= 0 && tokens <= 15, "promptLookup", "from 0 (off) to 15", tokens);
            this.promptLookup = tokens;
            return this;
        }

        /** Most time for the turn, waiting for its start included; positive. */
        public Builder timeout(Duration timeout) {
            check(timeout.isPositive(), "timeout", "positive", timeout);
            this.timeout = timeout;
            return this;
        }

        /**
         * Chooses tokens in the application's own way; temperature, truncation, penalties, bias and seed are not used.
         *
         * @param sampler gives a new sampler for each turn. It runs on the model's thread, where a slow one delays all
         *     sessions
         */
        public Builder sampler(Supplier<? extends Sampler> sampler) {
            this.sampler = Objects.requireNonNull(sampler, "sampler");
            return this;
        }

        /**
         * Holds the reply to a JSON Schema, draft 2020-12: it is JSON and valid, and complete before {@code maxTokens}.
         * Replaces another schema or grammar. Stop strings are not looked for.
         *
         * <p>Supported: {@code type}, {@code enum}, {@code const}, {@code properties}, {@code required},
         * {@code additionalProperties}, {@code minProperties} and {@code maxProperties} (of maps), {@code items},
         * {@code prefixItems}, {@code minItems}, {@code maxItems}, {@code minLength}, {@code maxLength}, {@code pattern},
         * {@code format} (date, time, date-time, uuid, ipv4; of numbers int8 to int64, float, double), {@code minimum},
         * {@code maximum}, {@code exclusiveMinimum}, {@code exclusiveMaximum}, {@code anyOf}, {@code oneOf} of
         * alternatives that exclude each other, {@code allOf}, {@code $ref} within the schema, {@code $defs}; and what
         * only describes ({@code title}, {@code description}, {@code default} ...). Properties come in the order of the
         * schema, and others only where {@code additionalProperties} asks for them.
         *
         * @param schema JSON text
         * @throws OutputTypeException if it is malformed or has another keyword
         */
        public Builder jsonSchema(String schema) {
            this.output = OutputGrammar.jsonSchema(schema);
            return this;
        }

        /**
         * Holds the reply to a grammar in the GBNF notation of llama.cpp, whose rule {@code root} describes the whole
         * reply; it is complete before {@code maxTokens}. Replaces another schema or grammar. Stop strings are not looked
         * for.
         *
         * @throws OutputTypeException if the grammar is malformed, left-recursive, or describes no finite text
         */
        public Builder grammar(String gbnf) {
            this.output = OutputGrammar.gbnf(gbnf);
            return this;
        }

        /** Holds the reply to a type; the model is not told about it. */
        Builder output(OutputType<?> type) {
            this.output = type.grammar();
            return this;
        }

        /** The options as set so far. */
        public ChatOptions build() {
            return new ChatOptions(new Builder(this));
        }

        private static void check(boolean good, String name, String expected, Object found) {
            if (!good) {
                throw new IllegalArgumentException(name + " must be " + expected + ", got " + found);
            }
        }

        private void setFrom(Builder over) {
            greedy = over.greedy == null ? greedy : over.greedy;
            maxTokens = over.maxTokens == null ? maxTokens : over.maxTokens;
            temperature = over.temperature == null ? temperature : over.temperature;
            topK = over.topK == null ? topK : over.topK;
            topP = over.topP == null ? topP : over.topP;
            minP = over.minP == null ? minP : over.minP;
            typicalP = over.typicalP == null ? typicalP : over.typicalP;
            repetitionPenalty = over.repetitionPenalty == null ? repetitionPenalty : over.repetitionPenalty;
            presencePenalty = over.presencePenalty == null ? presencePenalty : over.presencePenalty;
            frequencyPenalty = over.frequencyPenalty == null ? frequencyPenalty : over.frequencyPenalty;
            seed = over.seed == null ? seed : over.seed;
            stop = over.stop == null ? stop : over.stop;
            logitBias = over.logitBias == null ? logitBias : over.logitBias;
            logprobs = over.logprobs == null ? logprobs : over.logprobs;
            promptLookup = over.promptLookup == null ? promptLookup : over.promptLookup;
            timeout = over.timeout == null ? timeout : over.timeout;
            sampler = over.sampler == null ? sampler : over.sampler;
            output = over.output == null ? output : over.output;
        }

        private Map<String, Object> named() {
            Map<String, Object> named = new TreeMap<>();
            put(named, "greedy", greedy);
            put(named, "maxTokens", maxTokens);
            put(named, "temperature", temperature);
            put(named, "topK", topK);
            put(named, "topP", topP);
            put(named, "minP", minP);
            put(named, "typicalP", typicalP);
            put(named, "repetitionPenalty", repetitionPenalty);
            put(named, "presencePenalty", presencePenalty);
            put(named, "frequencyPenalty", frequencyPenalty);
            put(named, "seed", seed);
            put(named, "stop", stop);
            put(named, "logitBias", logitBias);
            put(named, "logprobs", logprobs);
            put(named, "promptLookup", promptLookup);
            put(named, "timeout", timeout);
            put(named, "sampler", sampler);
            if (output != null) {
                named.put(output.option(), output);
            }
            return named;
        }

        private static void put(Map<String, Object> named, String name, @Nullable Object value) {
            if (value != null) {
                named.put(name, value);
            }
        }
    }
}
