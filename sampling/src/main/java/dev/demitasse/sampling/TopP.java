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
        candidates.keepUpTo(candidates.rankByLikelihood().find(p));
    }
}
