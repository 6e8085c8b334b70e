package dev.demitasse.sampling;

/** See {@link Processors#temperature}. */
record Temperature(float temperature) implements Processor {
    Temperature {
        Checks.positive("temperature", temperature);
    }

    @Override
    public void apply(Candidates candidates) {
        candidates.divide(temperature);
    }
}
