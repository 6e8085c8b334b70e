package dev.demitasse.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogprobsTest {
    @Test
    void theyAreTheLogarithmsOfTheSoftmaxBestFirst() {
        Random random = new Random(1);
        float[] logits = new float[3000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian() * 4;
        }
        double[] probabilities = BruteForce.softmax(logits);
        Logprobs logprobs = Logprobs.of(logits, 77, 5);
        assertThat(logprobs.chosen().logprob()).isCloseTo(Math.log(probabilities[77]), within(1e-9));
        assertThat(logprobs.top().stream().map(Logprobs.Entry::token))
                .isEqualTo(BruteForce.ranked(logits).subList(0, 5));
        for (Logprobs.Entry entry : logprobs.top()) {
            assertThat(entry.logprob()).isCloseTo(Math.log(probabilities[entry.token()]), within(1e-9));
        }
    }

    @Test
    void equalTokensAreListedByIdAndNoMoreThanAskedFor() {
        assertThat(Logprobs.of(new float[] {1, 2, 2, 2, 0}, 4, 2).top().stream().map(Logprobs.Entry::token))
                .isEqualTo(List.of(1, 2));
        assertThat(Logprobs.of(new float[] {1, 2}, 0, 0).top()).isEmpty();
        assertThat(Logprobs.of(new float[] {1, 2}, 0, 9).top()).hasSize(2);
    }
}
