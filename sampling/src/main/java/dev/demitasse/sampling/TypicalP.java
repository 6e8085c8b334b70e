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
        int size = candidates.size();
        float max = candidates.max();
        double total = 0;
        double weightedDistance = 0;
        for (int i = 0; i < size; i++) {
            float distance = max - candidates.logit(i);
            double weight = Math.exp(-distance);
            total += weight;
            // an excluded token adds nothing: 0 * infinity would not be a number
            weightedDistance += weight > 0 ? weight * distance : 0;
        }
        // entropy - surprisal = (mean distance + log total) - (distance + log total)
        float meanDistance = (float) (weightedDistance / total);
        MassCut cut = candidates.massCut();
        for (int i = 0; i < size; i++) {
            float distance = max - candidates.logit(i);
            cut.set(i, Math.abs(distance - meanDistance), (float) Math.exp(-distance));
        }
        candidates.keepUpTo(MassCut.withTies(cut.find(size, p)));
    }
}
