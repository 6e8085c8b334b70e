package dev.demitasse.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerChainTest {
    private static final float OFF = Float.NEGATIVE_INFINITY;

    @Test
    void greedyTakesTheLargestLogitAndOfEqualOnesTheLowestToken() {
        Sampler greedy = SamplingOptions.builder().greedy(true).build().newSampler(1);
        assertThat(greedy.sample(new float[] {0, 3, -1, 3}, history())).isEqualTo(1);
        Sampler cold = SamplingOptions.builder().temperature(0).topK(5).build().newSampler(1);
        assertThat(cold.sample(new float[] {0, 3, -1, 4}, history())).isEqualTo(3);
    }

    @Test
    void penaltiesAndBiasCountForGreedyToo() {
        Sampler sampler = SamplingOptions.builder()
                .greedy(true)
                .repetitionPenalty(2)
                .logitBias(Map.of(2, 5f))
                .build()
                .newSampler(1);
        assertThat(sampler.sample(new float[] {3, 2, -4, 1}, history(0))).isEqualTo(1);
    }

    @Test
    void drawsFollowTheDistribution() {
        float[] logits = gaussian(new Random(7), 40);
        double[] expected = BruteForce.softmax(logits);
        Sampler sampler = SamplingOptions.builder().build().newSampler(11);
        assertChiSquareIsPlausible(draws(sampler, logits, 50_000), expected);
    }

    @Test
    void drawsFollowTheTruncatedDistribution() {
        float[] logits = gaussian(new Random(8), 5000);
        List<Integer> kept = BruteForce.ranked(logits).subList(0, 12);
        float[] scaled = new float[logits.length];
        Arrays.fill(scaled, OFF);
        kept.forEach(token -> scaled[token] = logits[token] / 0.7f);
        Sampler sampler =
                SamplingOptions.builder().temperature(0.7f).topK(12).build().newSampler(12);
        assertChiSquareIsPlausible(draws(sampler, logits, 50_000), BruteForce.softmax(scaled));
    }

    @Test
    void theSameSeedGivesTheSameTokensAndAnotherSeedOthers() {
        float[] logits = gaussian(new Random(9), 1000);
        SamplingOptions options = SamplingOptions.builder().topP(0.9f).build();
        assertThat(sequence(options.newSampler(5), logits)).isEqualTo(sequence(options.newSampler(5), logits));
        assertThat(sequence(options.newSampler(5), logits)).isNotEqualTo(sequence(options.newSampler(6), logits));
    }

    @Test
    void aTokenOfProbabilityZeroIsNeverDrawn() {
        float[] logits = {OFF, 0, OFF, -200, OFF};
        Sampler sampler = SamplingOptions.builder().build().newSampler(3);
        assertThat(draws(sampler, logits, 1000)).containsExactly(0, 1000, 0, 0, 0);
    }

    @Test
    void penaltiesOfTheDefaultOrderCountGeneratedTokensAndTheRepetitionPenaltyThePromptToo() {
        TokenHistory history = history(0, 0, 1);
        history.append(2);
        history.append(2);
        SamplingOptions options = SamplingOptions.builder()
                .repetitionPenalty(2)
                .frequencyPenalty(0.5f)
                .presencePenalty(0.25f)
                .build();
        Candidates candidates =
                SamplerChain.drawing(options.processors(), 0).process(new float[] {4, -4, 4, 4}, history);
        assertThat(logits(candidates)).containsExactly(2, -8, 2 - 2 * 0.5f - 0.25f, 4);
    }

    @Test
    void aPenaltyWindowForgetsOlderTokens() {
        SamplingOptions options =
                SamplingOptions.builder().frequencyPenalty(1).penaltyWindow(3).build();
        Candidates candidates =
                SamplerChain.drawing(options.processors(), 0).process(new float[4], history(0, 0, 0, 1, 2, 1));
        assertThat(logits(candidates)).containsExactly(0, -2, -1, 0);
    }

    @Test
    void aConstraintComesBeforeTheTruncations() {
        Random random = new Random(10);
        float[] logits = gaussian(random, 200);
        long[] allowed = {0, 1L << 5 | 1L << 63, -1L};
        Sampler sampler =
                SamplingOptions.builder().topK(3).build().newSampler(1, candidates -> candidates.keep(allowed));
        int[] counts = draws(sampler, logits, 300);
        for (int token = 0; token < counts.length; token++) {
            boolean isAllowed = token == 69 || (token >= 127 && token < 192);
            assertThat(counts[token] == 0 || isAllowed).as("token %d", token).isTrue();
        }
    }

    @Test
    void aConstraintWorksOnTruncatedCandidatesToo() {
        float[] logits = gaussian(new Random(11), 200);
        List<Integer> best = BruteForce.ranked(logits).subList(0, 10);
        long[] allowed = new long[4];
        int only = best.get(7);
        allowed[only >> 6] = 1L << only;
        Sampler sampler = SamplerChain.drawing(List.of(Processors.topK(10), c -> c.keep(allowed)), 1);
        assertThat(sampler.sample(logits, history())).isEqualTo(only);
    }

    @Test
    void logitsThatLeaveNoChoiceAreRefusedWithTheReason() {
        for (boolean greedy : new boolean[] {true, false}) {
            Sampler sampler =
                    SamplingOptions.builder().greedy(greedy).topK(2).build().newSampler(1);
            assertThatThrownBy(() -> sampler.sample(new float[] {0, 1, Float.NaN, 2}, history()))
                    .isInstanceOf(SamplingException.class)
                    .hasMessageContaining("NaN at token 2");
            assertThatThrownBy(() -> sampler.sample(new float[] {0, Float.POSITIVE_INFINITY}, history()))
                    .isInstanceOf(SamplingException.class)
                    .hasMessageContaining("Infinity at token 1");
            assertThatThrownBy(() -> sampler.sample(new float[] {OFF, OFF}, history()))
                    .isInstanceOf(SamplingException.class)
                    .hasMessageContaining("every token is excluded");
            assertThatThrownBy(() -> sampler.sample(new float[0], history())).isInstanceOf(SamplingException.class);
        }
        Sampler constrained = SamplingOptions.builder().build().newSampler(1, c -> c.keep(new long[0]));
        assertThatThrownBy(() -> constrained.sample(new float[] {1, 2}, history()))
                .isInstanceOf(SamplingException.class)
                .hasMessageContaining("every token is excluded");
    }

    @Test
    void valuesOutOfRangeAreRefusedWithTheirName() {
        SamplingOptions.Builder options = SamplingOptions.builder();
        assertThatThrownBy(() -> options.temperature(-1)).hasMessageContaining("temperature is -1.0");
        assertThatThrownBy(() -> options.topP(1.5f)).hasMessageContaining("top-p is 1.5");
        assertThatThrownBy(() -> options.minP(Float.NaN)).hasMessageContaining("min-p is NaN");
        assertThatThrownBy(() -> options.topK(-1)).hasMessageContaining("top-k is -1");
        assertThatThrownBy(() -> options.repetitionPenalty(0)).hasMessageContaining("repetition penalty is 0.0");
        assertThatThrownBy(() -> options.presencePenalty(Float.POSITIVE_INFINITY))
                .hasMessageContaining("presence penalty is Infinity");
    }

    @Test
    void aStepAllocatesNothing() {
        float[] logits = gaussian(new Random(12), 151_936);
        float[] scratch = new float[logits.length];
        TokenHistory history = history(1, 2, 3);
        for (SamplingOptions options : List.of(
                SamplingOptions.builder()
                        .temperature(0.7f)
                        .topK(20)
                        .topP(0.8f)
                        .repetitionPenalty(1.1f)
                        .build(),
                SamplingOptions.builder().topP(0.95f).minP(0.01f).typicalP(0.9f).build(),
                SamplingOptions.builder()
                        .order(SamplingOptions.Order.LLAMA_CPP)
                        .topK(40)
                        .presencePenalty(1)
                        .build())) {
            Sampler sampler = options.newSampler(1);
            long[] allocated = new long[20];
            for (int step = 0; step < allocated.length; step++) {
                System.arraycopy(logits, 0, scratch, 0, logits.length);
                long before = AllocatedBytes.ofThisThread();
                sampler.sample(scratch, history);
                allocated[step] = AllocatedBytes.ofThisThread() - before;
            }
            // the measuring call boxes a few bytes itself; buffers grow in the first steps
            assertThat(allocated[allocated.length - 1])
                    .as("%s", options.processors())
                    .isLessThan(256);
        }
    }

    private static void assertChiSquareIsPlausible(int[] counts, double[] expected) {
        int draws = Arrays.stream(counts).sum();
        double chiSquare = 0;
        int degrees = -1;
        double rareExpected = 0;
        double rareCount = 0;
        for (int i = 0; i < counts.length; i++) {
            if (expected[i] * draws < 5) {
                rareExpected += expected[i] * draws;
                rareCount += counts[i];
                continue;
            }
            double difference = counts[i] - expected[i] * draws;
            chiSquare += difference * difference / (expected[i] * draws);
            degrees++;
        }
        if (rareExpected > 5) {
            chiSquare += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected;
            degrees++;
        }
        // mean plus four standard deviations of the chi-square distribution
        assertThat(chiSquare).isLessThan(degrees + 4 * Math.sqrt(2.0 * degrees));
        assertThat(rareCount).isLessThan(rareExpected * 3 + 10);
    }

    private static int[] draws(Sampler sampler, float[] logits, int count) {
        int[] counts = new int[logits.length];
        TokenHistory history = history();
        for (int i = 0; i < count; i++) {
            counts[sampler.sample(logits.clone(), history)]++;
        }
        return counts;
    }

    private static List<Integer> sequence(Sampler sampler, float[] logits) {
        return IntStream.range(0, 50)
                .map(_ -> sampler.sample(logits.clone(), history()))
                .boxed()
                .toList();
    }

    private static float[] logits(Candidates candidates) {
        float[] logits = new float[candidates.size()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = candidates.logit(i);
        }
        return logits;
    }

    private static float[] gaussian(Random random, int size) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) random.nextGaussian() * 2;
        }
        return logits;
    }

    private static TokenHistory history(int... prompt) {
        return new TokenHistory(prompt);
    }
}
