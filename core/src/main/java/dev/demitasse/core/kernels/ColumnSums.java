package dev.demitasse.core.kernels;

/**
 * Sums of the activations over each 16 and each 32 columns: what the minima of a format are multiplied by. A number of
 * columns that is no multiple of 32 has no such formats.
 */
final class ColumnSums {
    private float[] of16 = {};
    private float[] of32 = {};

    void compute(float[] x, int cols) {
        int pairs = cols / 32;
        if (of32.length < pairs) {
            of16 = new float[2 * pairs];
            of32 = new float[pairs];
        }
        for (int pair = 0; pair < pairs; pair++) {
            float first = sum(x, pair * 32);
            float second = sum(x, pair * 32 + 16);
            of16[2 * pair] = first;
            of16[2 * pair + 1] = second;
            of32[pair] = first + second;
        }
    }

    private static float sum(float[] x, int from) {
        float sum = 0;
        for (int i = from; i < from + 16; i++) {
            sum += x[i];
        }
        return sum;
    }

    /** The sums over groups of 16 or 32 columns. */
    float[] of(int groupCols) {
        return groupCols == 16 ? of16 : of32;
    }
}
