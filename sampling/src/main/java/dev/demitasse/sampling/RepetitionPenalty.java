package dev.demitasse.sampling;

/** See {@link Processors#repetitionPenalty}. */
record RepetitionPenalty(float penalty, PenaltyScope scope) implements Processor {
    RepetitionPenalty {
        Checks.positive("repetition penalty", penalty);
    }

    @Override
    public void apply(Candidates candidates) {
        TokenCounts counts = candidates.counts(scope);
        for (int i = 0; i < counts.distinct(); i++) {
            int index = candidates.indexOf(counts.token(i));
            if (index >= 0) {
                float logit = candidates.logit(index);
                candidates.setLogit(index, logit > 0 ? logit / penalty : logit * penalty);
            }
        }
    }
}
