package dev.demitasse.sampling;

/** See {@link Processors#occurrencePenalties}. */
record OccurrencePenalties(float frequency, float presence, PenaltyScope scope) implements Processor {
    OccurrencePenalties {
        Checks.finite("frequency penalty", frequency);
        Checks.finite("presence penalty", presence);
    }

    @Override
    public void apply(Candidates candidates) {
        TokenCounts counts = candidates.counts(scope);
        for (int i = 0; i < counts.distinct(); i++) {
            int index = candidates.indexOf(counts.token(i));
            if (index >= 0) {
                float penalty = counts.count(i) * frequency + presence;
                candidates.setLogit(index, candidates.logit(index) - penalty);
            }
        }
    }
}
