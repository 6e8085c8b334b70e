package dev.demitasse.sampling;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The tokens that may come next, with their logits: what {@link Processor}s work on.
 *
 * <p>At first every token of the vocabulary is a candidate, candidate {@code i} is token {@code i}, and logits are changed
 * in the caller's array. The first truncation moves the survivors, in the order of their ids, to a list of their own.
 * Nothing is allocated once the buffers have grown. Not thread-safe.
 */
public final class Candidates {
    private TokenHistory history = new TokenHistory(new int[0]);
    private final TokenCounts recent = new TokenCounts();
    private final MassCut massCut = new MassCut();

    private boolean whole;
    private int size;
    /** The caller's array while whole, else survivingLogits; [size]. */
    private float[] logits = {};
    /** Token of each candidate once truncated, ascending, [size]. */
    private int[] tokens = {};

    private float[] survivingLogits = {};
    /** The largest logits so far, smallest first, as a heap, [k]. */
    private float[] heap = {};

    Candidates() {}

    /** Number of candidates. */
    public int size() {
        return size;
    }

    /** Token of a candidate, from 0 to {@code size - 1}; tokens ascend. */
    public int token(int index) {
        return whole ? index : tokens[index];
    }

    /** Logit of a candidate. */
    public float logit(int index) {
        return logits[index];
    }

    /** Changes the logit of a candidate; minus infinity excludes it. */
    public void setLogit(int index, float logit) {
        logits[index] = logit;
    }

    /** Index of the candidate with this token, or -1 if the token is none. */
    public int indexOf(int token) {
        if (whole) {
            return token >= 0 && token < size ? token : -1;
        }
        return Math.max(-1, Arrays.binarySearch(tokens, 0, size, token));
    }

    /** The tokens before the one to be chosen. */
    public TokenHistory history() {
        return history;
    }

    /**
     * Excludes every token that a set does not hold.
     *
     * @param allowed a bit a token: token {@code t} is allowed if bit {@code t & 63} of {@code allowed[t >> 6]} is set;
     *     tokens beyond the array are excluded
     */
    public void keep(long[] allowed) {
        for (int i = 0; i < size; ) {
            int token = token(i);
            long word = token >> 6 < allowed.length ? allowed[token >> 6] : 0;
            int end = whole ? Math.min(size, i + Long.SIZE) : i + 1;
            if (word != -1) {
                exclude(i, end, word >>> token);
            }
            i = end;
        }
    }

    private void exclude(int from, int to, long allowed) {
        for (int i = from; i < to; i++) {
            if ((allowed >>> (i - from) & 1) == 0) {
                logits[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Starts a step with the whole vocabulary. */
    void reset(float[] logits, TokenHistory history) {
        this.logits = logits;
        this.history = history;
        size = logits.length;
        whole = true;
        checkedMax("the model's logits");
    }

    /** How often tokens occurred; valid until the next call. */
    TokenCounts counts(PenaltyScope scope) {
        return switch (scope) {
            case PenaltyScope.Whole _ -> history.counts();
            case PenaltyScope.Generated _ -> history.generatedCounts();
            case PenaltyScope.Last last -> countRecent(last.tokens());
        };
    }

    private TokenCounts countRecent(int window) {
        recent.clear();
        for (int position = Math.max(0, history.size() - window); position < history.size(); position++) {
            recent.add(history.token(position));
        }
        return recent;
    }

    void divide(float divisor) {
        for (int i = 0; i < size; i++) {
            logits[i] = logits[i] / divisor;
        }
    }

    /** The largest logit; not a number if any is. */
    float max() {
        return Selection.max(logits, size);
    }

    /** The {@code k}-th largest logit, {@code 1 <= k <= size}. */
    float kthLargest(int k) {
        if (heap.length < k) {
            heap = new float[k];
        }
        return Selection.kthLargest(logits, size, k, heap);
    }

    /** The candidates ranked by likelihood; valid until logits or candidates change. */
    MassCut rankByLikelihood() {
        massCut.rankByLikelihood(logits, size, max());
        return massCut;
    }

    /** Keeps logits above a threshold, and of those that equal it the first, up to {@code atMost} candidates in all. */
    void keepFrom(float threshold, int atMost) {
        float[] values = logits;
        int count = size;
        int equals = Integer.MAX_VALUE;
        if (atMost < count) {
            equals = atMost - Selection.countAbove(values, count, threshold);
        }
        int kept = 0;
        int i = Selection.nextFrom(values, 0, count, threshold);
        while (i < count) {
            if (values[i] > threshold || equals-- > 0) {
                keep(kept++, i);
            }
            i = Selection.nextFrom(values, i + 1, count, threshold);
        }
        truncated(kept);
    }

    /** Keeps the candidates whose {@link MassCut#rank} is at most {@code worst}. */
    void keepUpTo(long worst) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (massCut.rank(i) <= worst) {
                keep(kept++, i);
            }
        }
        truncated(kept);
    }

    private void keep(int kept, int index) {
        // only while whole: afterwards survivors move down within the buffer
        if (kept == survivingLogits.length) {
            int capacity = Math.max(64, kept * 2);
            survivingLogits = Arrays.copyOf(survivingLogits, capacity);
            tokens = Arrays.copyOf(tokens, capacity);
        }
        tokens[kept] = token(index);
        survivingLogits[kept] = logits[index];
    }

    private void truncated(int kept) {
        size = kept;
        logits = survivingLogits;
        whole = false;
    }

    /** Token of the largest logit, of equal ones the lowest. */
    int best() {
        float max = checkedMax("the processed logits");
        int index = 0;
        while (logits[index] != max) {
            index++;
        }
        return token(index);
    }

    /** Draws a token with the probabilities that softmax gives the logits, which it replaces by weights. */
    int draw(RandomGenerator random) {
        double total = toWeights();
        double target = random.nextDouble() * total;
        int drawn = -1;
        for (int i = 0; i < size && (target >= 0 || drawn < 0); i++) {
            if (logits[i] > 0) {
                drawn = i;
                target -= logits[i];
            }
        }
        return token(drawn);
    }

    /** Replaces each logit by {@code exp(logit - max)} and returns their sum. */
    double toWeights() {
        float max = checkedMax("the processed logits");
        double total = 0;
        for (int i = 0; i < size; i++) {
            logits[i] = (float) Math.exp(logits[i] - max);
            total += logits[i];
        }
        return total;
    }

    private float checkedMax(String what) {
        float max = max();
        if (max == Float.NEGATIVE_INFINITY) {
            throw new SamplingException(
                    size == 0
                            ? "there is no token to choose from"
                            : "every token is excluded: " + what + " are all minus infinity");
        }
        if (!Float.isFinite(max)) {
            throw new SamplingException(what + " hold " + max + " at token " + firstNotFinite()
                    + "; expected finite numbers or minus infinity");
        }
        return max;
    }

    private int firstNotFinite() {
        int index = 0;
        while (!(Float.isNaN(logits[index]) || logits[index] == Float.POSITIVE_INFINITY)) {
            index++;
        }
        return token(index);
    }
}
