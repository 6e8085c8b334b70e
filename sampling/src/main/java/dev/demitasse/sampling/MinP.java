package dev.demitasse.sampling;

/** See {@link Processors#minP}. */
record MinP(float p) implements Processor {
    MinP {
        Checks.probability("min-p", p);
    }

    @Override
    public void apply(Candidates candidates) {
        if (p > 0) {
            candidates.keepFrom((float) (candidates.max() + Math.log(p)), Integer.MAX_VALUE);
        }
    }
}
