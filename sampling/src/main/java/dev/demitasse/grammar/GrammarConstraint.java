package dev.demitasse.grammar;

import dev.demitasse.sampling.SamplingException;
import dev.demitasse.sampling.TokenConstraint;
import java.util.Arrays;

/** Where one generation is in a grammar. */
final class GrammarConstraint implements TokenConstraint {
    private final TokenGrammar grammar;
    private final int[] endTokens;
    private final long[] allowed;
    private Configuration current;

    GrammarConstraint(TokenGrammar grammar, int[] endTokens, Configuration current) {
        this.grammar = grammar;
        this.endTokens = endTokens;
        this.current = current;
        int largest = Math.max(
                grammar.vocabularySize() - 1, Arrays.stream(endTokens).max().orElse(0));
        this.allowed = new long[(largest >> 6) + 1];
    }

    @Override
    public void mask(float[] logits, int remaining) {
        Arrays.fill(allowed, 0);
        grammar.mask(current).write(remaining - 1, allowed);
        if (current.isComplete()) {
            for (int token : endTokens) {
                allowed[token >> 6] |= 1L << token;
            }
        }
        if (keep(allowed, logits) == 0) {
            throw new SamplingException("the text cannot be completed within " + remaining + " tokens");
        }
    }

    /** Excludes the tokens that a set lacks; returns whether any word of the set has tokens, as a number to be added up. */
    private static int keep(long[] allowed, float[] logits) {
        int kept = 0;
        for (int from = 0; from < logits.length; from += Long.SIZE) {
            long word = from >> 6 < allowed.length ? allowed[from >> 6] : 0;
            int to = Math.min(from + Long.SIZE, logits.length);
            if (word == 0) {
                Arrays.fill(logits, from, to, Float.NEGATIVE_INFINITY);
            } else if (word != -1) {
                exclude(logits, from, to, word);
            }
            kept |= word == 0 ? 0 : 1;
        }
        return kept;
    }

    private static void exclude(float[] logits, int from, int to, long word) {
        for (int i = from; i < to; i++) {
            if ((word >>> (i - from) & 1) == 0) {
                logits[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    @Override
    public void accept(int token) {
        Configuration next = token >= 0 && grammar.holds(token) ? grammar.after(current, token) : null;
        if (next == null || next.isDead()) {
            throw new SamplingException("token " + token + " is excluded by the grammar at this place");
        }
        current = next;
    }

    @Override
    public boolean isComplete() {
        return current.isComplete();
    }

    @Override
    public boolean isExhausted() {
        return current.isExhausted();
    }

    @Override
    public TokenConstraint copy() {
        return new GrammarConstraint(grammar, endTokens, current);
    }
}
