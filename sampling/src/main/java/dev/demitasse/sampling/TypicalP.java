package dev.demitasse.sampling;

/** See {@link Processors#typicalP}. */
record TypicalP(float p) implements Processor {
    TypicalP {
        Checks.probability("typical-p", p);
    }

    @Override
    public void apply(Candidates candidates) {
        if (p >= 1) {
            return;
        }
        MassCut cut = candidates.rankByLikelihood();
        cut.rankByTypicality();
        candidates.keepUpTo(MassCut.withTies(cut.find(p)));
    }
}
