package dev.demitasse.chat;

import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.tokenizer.SpecialTokens;
import java.util.Arrays;
import java.util.Set;

/**
 * A reply that goes on with reasoning which the prompt has begun, then is held to a constraint. The reasoning is free,
 * except that it cannot end the reply, and that it ends while there is room for what follows. Between them stands the
 * empty line that the templates write there.
 */
final class ThinkingFirst implements TokenConstraint {
    private static final int THINKING = -1;

    private final TokenConstraint answer;
    private final Set<Integer> stopTokens;
    private final int endThink;
    private final int[] emptyLine;
    private final int shortestAnswer;
    /** Tokens of the empty line that are written, or {@link #THINKING}. */
    private int written = THINKING;

    /** @param shortestAnswer tokens that the shortest answer takes */
    ThinkingFirst(ModelLanguage language, TokenConstraint answer, int shortestAnswer) {
        this.answer = answer;
        this.stopTokens = language.stopTokens();
        this.endThink = language.markup().endThink();
        this.emptyLine = emptyLine(language);
        this.shortestAnswer = shortestAnswer;
    }

    private ThinkingFirst(ThinkingFirst other) {
        this.answer = other.answer.copy();
        this.stopTokens = other.stopTokens;
        this.endThink = other.endThink;
        this.emptyLine = other.emptyLine;
        this.shortestAnswer = other.shortestAnswer;
        this.written = other.written;
    }

    /** How many tokens the end of the reasoning takes before an answer. */
    static int tokensBefore(ModelLanguage language) {
        return 1 + emptyLine(language).length;
    }

    private static int[] emptyLine(ModelLanguage language) {
        return language.tokenizer().encode("\n\n", SpecialTokens.NONE);
    }

    @Override
    public void mask(float[] logits, int remaining) {
        if (written == emptyLine.length) {
            answer.mask(logits, remaining);
        } else if (written != THINKING) {
            keep(emptyLine[written], logits);
        } else if (remaining <= 1 + emptyLine.length + shortestAnswer) {
            keep(endThink, logits);
        } else {
            for (int token : stopTokens) {
                if (token < logits.length) {
                    logits[token] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }

    private static void keep(int token, float[] logits) {
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        logits[token] = 0;
    }

    @Override
    public void accept(int token) {
        if (written == emptyLine.length) {
            answer.accept(token);
        } else if (written != THINKING || token == endThink) {
            written++;
        }
    }

    @Override
    public boolean isComplete() {
        return written == emptyLine.length && answer.isComplete();
    }

    @Override
    public boolean isExhausted() {
        return written == emptyLine.length && answer.isExhausted();
    }

    @Override
    public TokenConstraint copy() {
        return new ThinkingFirst(this);
    }
}
