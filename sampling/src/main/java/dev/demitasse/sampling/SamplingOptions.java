package dev.demitasse.sampling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a generation's sampler does, as numbers. A new builder changes nothing: it draws from the model's own
 * distribution. Immutable.
 */
public final class SamplingOptions {
    /** In which order the processors run. */
    public enum Order {
        /**
         * As transformers' {@code generate}: logit bias, repetition penalty (over prompt and generation), frequency and
         * presence penalties, constraint, temperature, top-k (ties at the border kept), top-p, min-p, typical-p.
         *
         * <p>transformers has no frequency and presence penalties. Here they follow the repetition penalty, on logits that
         * no temperature has scaled, and count generated tokens only, as OpenAI describes them: were the prompt counted,
         * a long conversation would make its own end-of-turn token unreachable.
         */
        HUGGING_FACE,
        /**
         * As llama.cpp by default: logit bias, the penalties (over the last 64 tokens, prompt included), constraint, top-k
         * (exactly k), typical-p, top-p, min-p, temperature last.
         */
        LLAMA_CPP
    }

    private static final int LLAMA_CPP_PENALTY_WINDOW = 64;

    private final Builder values;

    private SamplingOptions(Builder values) {
        this.values = values;
    }

    /** Starts from values that change nothing. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts from these values. */
    public Builder toBuilder() {
        return new Builder(values);
    }

    /** Whether the best token is taken instead of drawing: asked for, or temperature 0. */
    public boolean greedy() {
        return values.greedy || values.temperature == 0;
    }

    /** The processors these values stand for, in order; values that change nothing have none. */
    public List<Processor> processors() {
        return processors(null);
    }

    /**
     * A sampler for one generation.
     *
     * @param seed of its random numbers
     */
    public Sampler newSampler(long seed) {
        return newSampler(seed, null);
    }

    /**
     * A sampler for one generation under a constraint.
     *
     * @param seed of its random numbers
     * @param constraint excludes tokens before anything is truncated, or null
     */
    public Sampler newSampler(long seed, @Nullable Processor constraint) {
        List<Processor> processors = processors(constraint);
        return greedy() ? SamplerChain.greedy(processors) : SamplerChain.drawing(processors, seed);
    }

    private List<Processor> processors(@Nullable Processor constraint) {
        List<Processor> chain = new ArrayList<>();
        addBiasAndPenalties(chain);
        if (constraint != null) {
            chain.add(constraint);
        }
        if (!greedy()) {
            switch (values.order) {
                case HUGGING_FACE -> addTruncationsAfterTemperature(chain);
                case LLAMA_CPP -> addTruncationsBeforeTemperature(chain);
            }
        }
        return List.copyOf(chain);
    }

    private void addBiasAndPenalties(List<Processor> chain) {
        if (!values.logitBias.isEmpty()) {
            chain.add(Processors.logitBias(values.logitBias));
        }
        if (values.repetitionPenalty != 1) {
            chain.add(Processors.repetitionPenalty(values.repetitionPenalty, scope(PenaltyScope.wholeHistory())));
        }
        if (values.frequencyPenalty != 0 || values.presencePenalty != 0) {
            chain.add(Processors.occurrencePenalties(
                    values.frequencyPenalty, values.presencePenalty, scope(PenaltyScope.generated())));
        }
    }

    private PenaltyScope scope(PenaltyScope huggingFace) {
        if (values.penaltyWindow >= 0) {
            return PenaltyScope.last(values.penaltyWindow);
        }
        return values.order == Order.LLAMA_CPP ? PenaltyScope.last(LLAMA_CPP_PENALTY_WINDOW) : huggingFace;
    }

    private void addTruncationsAfterTemperature(List<Processor> chain) {
        addTemperature(chain);
        if (values.topK > 0) {
            chain.add(Processors.topK(values.topK));
        }
        addTopP(chain);
        addMinP(chain);
        addTypicalP(chain);
    }

    private void addTruncationsBeforeTemperature(List<Processor> chain) {
        if (values.topK > 0) {
            chain.add(Processors.topKExactly(values.topK));
        }
        addTypicalP(chain);
        addTopP(chain);
        addMinP(chain);
        addTemperature(chain);
    }

    private void addTemperature(List<Processor> chain) {
        if (values.temperature != 1) {
            chain.add(Processors.temperature(values.temperature));
        }
    }

    private void addTopP(List<Processor> chain) {
        if (values.topP < 1) {
            chain.add(Processors.topP(values.topP));
        }
    }

    private void addMinP(List<Processor> chain) {
        if (values.minP > 0) {
            chain.add(Processors.minP(values.minP));
        }
    }

    private void addTypicalP(List<Processor> chain) {
        if (values.typicalP < 1) {
            chain.add(Processors.typicalP(values.typicalP));
        }
    }

    /** Collects values; each is checked when it is set. */
    public static final class Builder {
        private Order order = Order.HUGGING_FACE;
        private boolean greedy;
        private float temperature = 1;
        private int topK;
        private float topP = 1;
        private float minP;
        private float typicalP = 1;
        private float repetitionPenalty = 1;
        private float frequencyPenalty;
        private float presencePenalty;
        private int penaltyWindow = -1;
        private Map<Integer, Float> logitBias = Map.of();

        private Builder() {}

        private Builder(Builder other) {
            order = other.order;
            greedy = other.greedy;
            temperature = other.temperature;
            topK = other.topK;
            topP = other.topP;
            minP = other.minP;
            typicalP = other.typicalP;
            repetitionPenalty = other.repetitionPenalty;
            frequencyPenalty = other.frequencyPenalty;
            presencePenalty = other.presencePenalty;
            penaltyWindow = other.penaltyWindow;
            logitBias = other.logitBias;
        }

        /** In which order the processors run; transformers' by default. */
        public Builder order(Order order) {
            this.order = Objects.requireNonNull(order, "order");
            return this;
        }

        /** Takes the best token instead of drawing; bias, penalties and constraints still count. */
        public Builder greedy(boolean greedy) {
            this.greedy = greedy;
            return this;
        }

        /** Divides the logits: 1 changes nothing, 0 is greedy. */
        public Builder temperature(float temperature) {
            this.temperature = temperature == 0 ? 0 : Checks.positive("temperature", temperature);
            return this;
        }

        /** How many of the most likely tokens are kept; 0 keeps all. */
        public Builder topK(int topK) {
            if (topK < 0) {
                throw new IllegalArgumentException("top-k is " + topK + "; expected 0 (off) or more");
            }
            this.topK = topK;
            return this;
        }

        /** The probability that the kept tokens have together, from 0 to 1; 1 keeps all. */
        public Builder topP(float topP) {
            this.topP = Checks.probability("top-p", topP);
            return this;
        }

        /** The least probability of kept tokens relative to the best, from 0 to 1; 0 keeps all. */
        public Builder minP(float minP) {
            this.minP = Checks.probability("min-p", minP);
            return this;
        }

        /** The probability that the kept, most typical tokens have together, from 0 to 1; 1 keeps all. */
        public Builder typicalP(float typicalP) {
            this.typicalP = Checks.probability("typical-p", typicalP);
            return this;
        }

        /** By how much tokens that occurred are made less likely: above 0, 1 changes nothing. */
        public Builder repetitionPenalty(float repetitionPenalty) {
            this.repetitionPenalty = Checks.positive("repetition penalty", repetitionPenalty);
            return this;
        }

        /** What is subtracted from a logit for each occurrence; 0 changes nothing. */
        public Builder frequencyPenalty(float frequencyPenalty) {
            this.frequencyPenalty = Checks.finite("frequency penalty", frequencyPenalty);
            return this;
        }

        /** What is subtracted from the logit of a token that occurred; 0 changes nothing. */
        public Builder presencePenalty(float presencePenalty) {
            this.presencePenalty = Checks.finite("presence penalty", presencePenalty);
            return this;
        }

        /** How many of the latest tokens, prompt included, all penalties count; unset, the {@link Order} says. */
        public Builder penaltyWindow(int tokens) {
            if (tokens < 0) {
                throw new IllegalArgumentException("penalty window is " + tokens + "; expected 0 or more tokens");
            }
            this.penaltyWindow = tokens;
            return this;
        }

        /** What is added to the logits of some tokens; copied. */
        public Builder logitBias(Map<Integer, Float> biasByToken) {
            biasByToken.forEach((token, bias) -> Checks.finite("bias of token " + token, bias));
            this.logitBias = new LinkedHashMap<>(biasByToken);
            return this;
        }

        /** An immutable copy of the values. */
        public SamplingOptions build() {
            return new SamplingOptions(new Builder(this));
        }
    }
}
