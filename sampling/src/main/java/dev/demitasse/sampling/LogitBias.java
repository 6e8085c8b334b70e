package dev.demitasse.sampling;

import java.util.Map;
import java.util.TreeMap;

/** See {@link Processors#logitBias}. */
final class LogitBias implements Processor {
    private final int[] tokens;
    private final float[] biases;

    private LogitBias(int[] tokens, float[] biases) {
        this.tokens = tokens;
        this.biases = biases;
    }

    static LogitBias of(Map<Integer, Float> biasByToken) {
        int[] tokens = new int[biasByToken.size()];
        float[] biases = new float[tokens.length];
        int i = 0;
        for (Map.Entry<Integer, Float> entry : new TreeMap<>(biasByToken).entrySet()) {
            tokens[i] = entry.getKey();
            biases[i] = Checks.finite("bias of token " + tokens[i], entry.getValue());
            i++;
        }
        return new LogitBias(tokens, biases);
    }

    @Override
    public void apply(Candidates candidates) {
        for (int i = 0; i < tokens.length; i++) {
            int index = candidates.indexOf(tokens[i]);
            if (index >= 0) {
                candidates.setLogit(index, candidates.logit(index) + biases[i]);
            }
        }
    }

    @Override
    public String toString() {
        return "LogitBias[" + tokens.length + " tokens]";
    }
}
