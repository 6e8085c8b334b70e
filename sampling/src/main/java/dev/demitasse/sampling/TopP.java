package dev.demitasse.sampling;

/** See {@link Processors#topP}. */
record TopP(float p) implements Processor {
    TopP {
        Checks.probability("top-p", p);
    }

    @Override
    public void apply(Candidates candidates) {
        if (p >= 1) {
            return;
        }
        float max = candidates.max();
        MassCut cut = candidates.massCut();
        for (int i = 0; i < candidates.size(); i++) {
            // distance below the best, so that the best comes first
            float distance = max - candidates.logit(i);
            cut.set(i, distance, (float) Math.exp(-distance));
        }
        candidates.keepUpTo(cut.find(candidates.size(), p));
    }
}
