package dev.demitasse.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TruncationTest {
    private static final int[] SIZES = {1, 2, 3, 16, 17, 100, 256, 257, 1021, 4864};
    private static final TokenHistory NOTHING = new TokenHistory(new int[0]);

    @Test
    void topKKeepsTheKBestAndWhatEqualsTheWorstOfThem() {
        Random random = new Random(1);
        for (int size : SIZES) {
            for (int k : new int[] {1, 2, 7, 20, 300, 30_000}) {
                float[] logits = rounded(gaussian(random, size, 3));
                float smallest = logits[BruteForce.ranked(logits).get(Math.min(k, size) - 1)];
                List<Integer> expected = new ArrayList<>();
                for (int token = 0; token < size; token++) {
                    if (logits[token] >= smallest) {
                        expected.add(token);
                    }
                }
                assertThat(kept(logits, Processors.topK(k)))
                        .as("%d of %d", k, size)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void topKExactlyPrefersTheLowestTokensAmongEqualLogits() {
        Random random = new Random(2);
        for (int size : SIZES) {
            for (int k : new int[] {1, 2, 7, 20, 300, 30_000}) {
                float[] logits = rounded(gaussian(random, size, 3));
                List<Integer> expected = BruteForce.ranked(logits).subList(0, Math.min(k, size));
                assertThat(kept(logits, Processors.topKExactly(k)))
                        .as("%d of %d", k, size)
                        .containsExactlyInAnyOrderElementsOf(expected);
            }
        }
    }

    @Test
    void topPKeepsTheSmallestSetOfTheMostLikelyTokensThatReachesP() {
        Random random = new Random(3);
        for (int size : SIZES) {
            for (float spread : new float[] {0.01f, 1, 4, 30}) {
                for (float p : new float[] {0.01f, 0.5f, 0.9f, 0.999f}) {
                    float[] logits = gaussian(random, size, spread);
                    assertThat(kept(logits, Processors.topP(p)))
                            .as("%s of %d, spread %s", p, size, spread)
                            .containsExactlyInAnyOrderElementsOf(BruteForce.topP(logits, p));
                }
            }
        }
    }

    @Test
    void topPAmongEqualLogitsKeepsAsManyAsItNeeds() {
        for (int size : new int[] {10, 1000, 10_000}) {
            assertThat(kept(new float[size], Processors.topP(0.45f))).hasSize((int) Math.ceil(size * (double) 0.45f));
        }
    }

    @Test
    void typicalPKeepsTheTokensClosestToTheEntropy() {
        Random random = new Random(4);
        for (int size : SIZES) {
            for (float spread : new float[] {1, 4}) {
                for (float p : new float[] {0.05f, 0.5f, 0.9f}) {
                    float[] logits = gaussian(random, size, spread);
                    assertThat(kept(logits, Processors.typicalP(p)))
                            .as("%s of %d, spread %s", p, size, spread)
                            .containsExactlyInAnyOrderElementsOf(BruteForce.typicalP(logits, p));
                }
            }
        }
    }

    @Test
    void minPKeepsTokensThatAreLikelyEnoughBesidesTheBest() {
        Random random = new Random(5);
        for (int size : SIZES) {
            float[] logits = gaussian(random, size, 2);
            double[] probabilities = BruteForce.softmax(logits);
            double best = Arrays.stream(probabilities).max().orElseThrow();
            List<Integer> expected = new ArrayList<>();
            for (int token = 0; token < size; token++) {
                if (probabilities[token] >= 0.03 * best) {
                    expected.add(token);
                }
            }
            assertThat(kept(logits, Processors.minP(0.03f))).isEqualTo(expected);
        }
    }

    @Test
    void truncationsComposeOnWhatTheOnesBeforeThemKept() {
        Random random = new Random(6);
        float[] logits = gaussian(random, 20_000, 3);
        List<Integer> best = BruteForce.ranked(logits).subList(0, 400);
        float[] bestLogits = new float[best.size()];
        for (int i = 0; i < bestLogits.length; i++) {
            bestLogits[i] = logits[best.get(i)];
        }
        List<Integer> expected =
                BruteForce.topP(bestLogits, 0.7).stream().map(best::get).toList();
        assertThat(kept(logits, Processors.topK(400), Processors.topP(0.7f)))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void excludedTokensStayExcluded() {
        float[] logits = {1, Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY};
        for (Processor processor : List.of(
                Processors.topP(0.99f), Processors.typicalP(0.99f), Processors.minP(0.1f), Processors.topK(2))) {
            assertThat(kept(logits, processor)).as("%s", processor).containsExactly(0, 2);
        }
    }

    private static List<Integer> kept(float[] logits, Processor... processors) {
        Candidates candidates = SamplerChain.drawing(List.of(processors), 0).process(logits.clone(), NOTHING);
        List<Integer> tokens = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            tokens.add(candidates.token(i));
        }
        return tokens;
    }

    private static float[] gaussian(Random random, int size, float spread) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) random.nextGaussian() * spread;
        }
        return logits;
    }

    private static float[] rounded(float[] logits) {
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Math.round(logits[i]);
        }
        return logits;
    }
}
