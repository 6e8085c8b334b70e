package dev.demitasse.sampling;

/**
 * What a generation may write, token by token: a grammar, a list of choices, the syntax of a tool call. Before each draw
 * it excludes the tokens that must not come next, after the draw it is told which one came; what is drawn is the model's
 * own distribution over the tokens that are left.
 *
 * <p>A constraint has the state of one generation and is used by one thread at a time. Constraints may be wrapped: one
 * that watches for a token may hand over to another from there on.
 */
public interface TokenConstraint {
    /**
     * Excludes tokens by setting their logits to minus infinity, others stay as they are; at least one is left. The
     * tokens that end the generation, such as the model's end of turn, are treated like all others: they are left where
     * the text is complete and excluded elsewhere.
     *
     * @param logits {@code [vocab]}
     * @param remaining how many tokens may still be generated, the next one included; at least 1. A constraint leaves
     *     only tokens after which the text can be completed within the rest
     * @throws SamplingException if no token is left: the text cannot be completed within {@code remaining}
     */
    void mask(float[] logits, int remaining);

    /**
     * Takes the token that was drawn, unless it ends the generation.
     *
     * @throws SamplingException if the token is excluded
     */
    void accept(int token);

    /** Whether the text so far is complete: the generation may end here. */
    boolean isComplete();

    /**
     * Whether the text so far is complete and cannot go on: the generation ends here without asking the model for the
     * token that says so.
     */
    boolean isExhausted();

    /** A constraint in the same state that goes its own way from here. */
    TokenConstraint copy();
}
