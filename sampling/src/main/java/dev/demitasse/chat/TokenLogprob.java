package dev.demitasse.chat;

import dev.demitasse.sampling.Logprobs;
import java.util.List;

/**
 * One generated token with its log probability in the model's own distribution: before penalties, temperature and
 * truncation.
 */
public final class TokenLogprob {
    private final int token;
    private final double logprob;
    private final List<Alternative> top;

    TokenLogprob(Logprobs logprobs) {
        this.token = logprobs.chosen().token();
        this.logprob = logprobs.chosen().logprob();
        this.top = logprobs.top().stream()
                .map(entry -> new Alternative(entry.token(), entry.logprob()))
                .toList();
    }

    /** The token id; {@link LanguageModel#tokenizer()} gives its text, which may be a part of a character. */
    public int token() {
        return token;
    }

    /** Natural logarithm of the token's probability: at most 0. */
    public double logprob() {
        return logprob;
    }

    /** The most probable tokens, best first: as many as were asked for. */
    public List<Alternative> top() {
        return top;
    }

    /**
     * A token the model might have chosen.
     *
     * @param token token id
     * @param logprob natural logarithm of its probability
     */
    public record Alternative(int token, double logprob) {}

    @Override
    public String toString() {
        return "TokenLogprob[token=" + token + ", logprob=" + logprob + ", top=" + top + "]";
    }
}
