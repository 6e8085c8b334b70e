package dev.demitasse.sampling;

/** See {@link Processors#topK} and {@link Processors#topKExactly}. */
record TopK(int k, Ties ties) implements Processor {
    /** What happens to logits that equal the smallest one kept. */
    enum Ties {
        KEPT,
        LOWEST_TOKENS
    }

    TopK {
        if (k < 1) {
            throw new IllegalArgumentException("top-k keeps at least 1 token, got " + k);
        }
    }

    @Override
    public void apply(Candidates candidates) {
        if (k < candidates.size()) {
            float smallest = candidates.kthLargest(k);
            candidates.keepFrom(smallest, ties == Ties.KEPT ? Integer.MAX_VALUE : k);
        }
    }
}
