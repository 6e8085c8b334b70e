package dev.demitasse.core.model;

/**
 * Cosines and sines of rotary position embedding (RoFormer, Su et al., 2021) for every position up to a limit.
 *
 * <p>Angles are computed in float32 as the models' reference implementation (Hugging Face transformers) does, because
 * at large positions the rounding of the angle shows in the logits: {@code angle = position * theta^(-2i / headDim)}.
 */
final class RotaryTable {
    private final int half;
    private final float[] cos; // [positions, headDim / 2]
    private final float[] sin; // [positions, headDim / 2]

    RotaryTable(int positions, int headDim, float theta) {
        half = headDim / 2;
        cos = new float[Math.multiplyExact(positions, half)];
        sin = new float[positions * half];
        for (int i = 0; i < half; i++) {
            float inverseFrequency = 1 / (float) Math.pow(theta, (float) (2 * i) / headDim);
            for (int position = 0; position < positions; position++) {
                float angle = position * inverseFrequency;
                cos[position * half + i] = (float) Math.cos(angle);
                sin[position * half + i] = (float) Math.sin(angle);
            }
        }
    }

    float[] cos() {
        return cos;
    }

    float[] sin() {
        return sin;
    }

    /** Where a position's entries start in both tables. */
    int offset(int position) {
        return position * half;
    }
}
