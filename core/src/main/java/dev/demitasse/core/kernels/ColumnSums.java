package dev.demitasse.core.kernels;

/** Sums of the activations over each group of columns: what the minima of a format are multiplied by. */
final class ColumnSums {
    private float[] sums = {}; // [cols / width]

    private final int width;

    /** @param width columns of a group */
    ColumnSums(int width) {
        this.width = width;
    }

    /** @param cols what goes beyond a multiple of the groups' width is left out: no format with minima has it */
    void compute(float[] x, int cols) {
        int groups = cols / width;
        if (sums.length < groups) {
            sums = new float[groups];
        }
        for (int group = 0; group < groups; group++) {
            float sum = 0;
            for (int i = group * width; i < (group + 1) * width; i++) {
                sum += x[i];
            }
            sums[group] = sum;
        }
    }

    /** The sums, of as many groups as the last computation had. */
    float[] values() {
        return sums;
    }
}
