package dev.demitasse.chat;

/**
 * How likely a model finds a text after another one.
 *
 * @param logProbability natural logarithm of the probability of all its tokens, at most 0
 * @param tokens how many these are, at least 1
 */
public record Score(double logProbability, int tokens) {
    /** The mean of a token: compares texts of different lengths. */
    public double perToken() {
        return logProbability / tokens;
    }
}
