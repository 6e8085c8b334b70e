package dev.demitasse.sampling;

/** Which tokens of a sequence a penalty counts. */
public sealed interface PenaltyScope {
    /** The prompt and everything generated. */
    static PenaltyScope wholeHistory() {
        return new Whole();
    }

    /** What was generated, without the prompt. */
    static PenaltyScope generated() {
        return new Generated();
    }

    /** The latest tokens of prompt and generation; {@code tokens} is at least 0. */
    static PenaltyScope last(int tokens) {
        return new Last(tokens);
    }

    /** Implements {@link #wholeHistory}. */
    record Whole() implements PenaltyScope {}

    /** Implements {@link #generated}. */
    record Generated() implements PenaltyScope {}

    /**
     * Implements {@link #last}.
     *
     * @param tokens how many
     */
    record Last(int tokens) implements PenaltyScope {
        /** Checks the size. */
        public Last {
            if (tokens < 0) {
                throw new IllegalArgumentException("a penalty cannot count the last " + tokens + " tokens");
            }
        }
    }
}
