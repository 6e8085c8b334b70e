package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.sampling.TokenHistory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PromptLookupTest {
    private final PromptLookup lookup = new PromptLookup(4);

    PromptLookupTest() {
        lookup.learn(4, 4);
    }

    @Test
    void whatCameAfterTheSameTokensIsProposed() {
        assertThat(guess(10, 11, 1, 2, 3, 4, 5, 6, 10, 11)).containsExactly(1, 2, 3, 4);
    }

    @Test
    void theLongestMatchIsTakenAndOfEquallyLongOnesTheLatest() {
        assertThat(guess(1, 2, 3, 7, 7, 2, 3, 8, 8, 1, 2, 3)).startsWith(7, 7);
        assertThat(guess(2, 3, 7, 7, 2, 3, 8, 8, 2, 3)).startsWith(8, 8);
    }

    @Test
    void oneTokenIsNoMatch() {
        assertThat(guess(5, 1, 2, 3, 5)).isEmpty();
    }

    @Test
    void aTextThatRepeatsItselfGoesOnBeyondItsEnd() {
        assertThat(guess(9, 1, 2, 1, 2)).containsExactly(1, 2, 1, 2);
        assertThat(guess(7, 7, 7)).containsExactly(7, 7, 7, 7);
    }

    @Test
    void noMoreIsProposedThanIsOfUse() {
        int[] guesses = new int[5];
        assertThat(lookup.guess(new TokenHistory(new int[] {7, 7, 7}), guesses, 2))
                .isEqualTo(2);
        assertThat(lookup.guess(new TokenHistory(new int[] {7, 7, 7}), guesses, 0))
                .isZero();
        assertThat(new PromptLookup(0).guess(new TokenHistory(new int[] {7, 7, 7}), guesses, 4))
                .isZero();
    }

    @Test
    void afterWrongGuessesMoreHasToMatchAndAfterRightOnesLess() {
        int[] text = {1, 2, 3, 4, 5, 6, 1, 2, 3};
        lookup.learn(4, 1);
        assertThat(guess(text)).isEmpty();
        lookup.learn(4, 2);
        assertThat(guess(text)).startsWith(4, 5, 6);
    }

    @Test
    void onlyAfterAGuessThatWasRightIsTheNextAsLongAsItMayBe() {
        lookup.learn(4, 3);
        assertThat(guess(7, 7, 7)).hasSize(3);
        lookup.learn(3, 3);
        assertThat(guess(7, 7, 7)).hasSize(4);
    }

    @Test
    void anEmptyOrShortTextGivesNoGuess() {
        assertThat(guess()).isEmpty();
        assertThat(guess(1)).isEmpty();
    }

    private int[] guess(int... text) {
        int[] guesses = new int[5];
        int count = lookup.guess(new TokenHistory(text), guesses, 100);
        return Arrays.copyOfRange(guesses, 1, 1 + count);
    }
}
