package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Weight matrices of any type with random codes and reasonable scales. */
final class RandomWeights {
    private final Random random;

    RandomWeights(long seed) {
        random = new Random(seed);
    }

    Matrix matrix(DType type, int rows, int cols) {
        byte[] data = new byte[Math.toIntExact(rows * type.rowBytes(cols))];
        random.nextBytes(data);
        MemorySegment segment = MemorySegment.ofArray(data);
        for (int block = 0; block < data.length; block += type.blockBytes()) {
            switch (type) {
                case F32 -> segment.set(BlockDecoder.FLOAT, block, (float) random.nextGaussian());
                case F16 -> setHalf(segment, block, (float) random.nextGaussian());
                case BF16 ->
                    segment.set(BlockDecoder.SHORT, block, (short)
                            (Float.floatToRawIntBits((float) random.nextGaussian()) >>> 16));
                default -> setScales(type, segment, block);
            }
        }
        return new Matrix(type + " " + rows + " x " + cols, rows, cols, type, segment);
    }

    private void setScales(DType type, MemorySegment segment, int block) {
        for (int offset : scaleOffsets(type)) {
            setHalf(segment, block + offset, 0.001f + 0.01f * random.nextFloat());
        }
    }

    static int[] scaleOffsets(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> new int[] {};
            case Q8_0, Q4_0, Q5_0, IQ4_NL, IQ4_XS -> new int[] {0};
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
        };
    }

    static void setHalf(MemorySegment segment, long offset, float value) {
        segment.set(BlockDecoder.SHORT, offset, Float.floatToFloat16(value));
    }

    float[] activations(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
