package dev.demitasse.chat;

import dev.demitasse.sampling.TokenHistory;

/**
 * Guesses how a text goes on from how it went on before (prompt lookup decoding, Saxena, 2023): looks for the longest
 * earlier stretch that ends as the text ends now, of equally long ones the latest, and proposes what came after it. Nothing
 * but the tokens is looked at, so a guess costs microseconds; what it costs to compute a wrong one is why it learns: the
 * less right the guesses were, the more has to match before the next, and the shorter it is.
 */
final class PromptLookup {
    private static final int SHORTEST = 2;
    private static final int LONGEST = 16;

    // Four rows cost little more than three, and a pass of two nearly as much as two passes.
    private static final int IN_DOUBT = 3;

    private final int most;

    /** Tokens of the next guess. */
    private int width;

    /** Tokens at the end of the text that have to stand at an earlier place too. */
    private int required = SHORTEST;

    /** @param most tokens of a guess */
    PromptLookup(int most) {
        this.most = most;
        this.width = Math.min(most, IN_DOUBT);
    }

    /**
     * Guesses the next tokens.
     *
     * @param guesses written from index 1 on
     * @param limit how many are of use
     * @return how many there are, or 0
     */
    int guess(TokenHistory history, int[] guesses, int limit) {
        int count = Math.min(limit, width);
        int match = count > 0 ? lastMatch(history) : -1;
        if (match < 0) {
            return 0;
        }
        for (int i = 0; i < count; i++) {
            // a text that repeats itself goes on beyond its own end
            int source = match + 1 + i;
            guesses[1 + i] = source < history.size() ? history.token(source) : guesses[1 + source - history.size()];
        }
        return count;
    }

    /** Learns how good a guess was. */
    void learn(int proposed, int accepted) {
        width = accepted == proposed ? most : Math.min(most, IN_DOUBT);
        required = 2 * accepted >= proposed ? Math.max(SHORTEST, required - 1) : Math.min(LONGEST, 2 * required);
    }

    /** Where the longest match ends, at least as long as required; -1 if there is none. */
    private int lastMatch(TokenHistory history) {
        int longest = required - 1;
        int match = -1;
        for (int end = history.size() - 2; end >= 0 && longest < LONGEST; end--) {
            int length = matching(history, end);
            if (length > longest) {
                longest = length;
                match = end;
            }
        }
        return match;
    }

    /** How many tokens up to {@code end} are those that the history ends with. */
    private static int matching(TokenHistory history, int end) {
        int last = history.size() - 1;
        int length = 0;
        while (length < LONGEST && length <= end && history.token(end - length) == history.token(last - length)) {
            length++;
        }
        return length;
    }
}
