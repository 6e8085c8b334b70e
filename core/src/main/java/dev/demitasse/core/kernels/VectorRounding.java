package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.INTS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The fast twin of {@link RoundedRow#round}: the same bits.
 *
 * <p>One method, large enough that C2 compiles it by itself and not into one of its callers only: it did, the callers that
 * had not been warmed up went on in the interpreter, and every vector was an object.
 */
final class VectorRounding {
    /** A block is encoded again by another scale once at most; what is not finite never fits. */
    private static final int ATTEMPTS = 2;

    private VectorRounding() {}

    /** Rounds a row; {@code x} from {@code from}. */
    static void round(float[] x, int from, int cols, RoundedRow row) {
        row.grow(cols);
        float[] values = row.values();
        float[] scales = row.scales();
        int[] codes = row.codes();
        int rounder = Float.floatToRawIntBits(RoundedRow.ROUNDER);
        for (int begin = 0; begin < cols; begin += RoundedRow.BLOCK) {
            // As integers, in whose order NaN is the greatest: the greatest of floats takes several times as long.
            IntVector largest = IntVector.zero(INTS);
            for (int i = begin; i < begin + RoundedRow.BLOCK; i += LANES) {
                IntVector bits = FloatVector.fromArray(FLOATS, x, from + i).reinterpretAsInts();
                largest = bits.and(Integer.MAX_VALUE).max(largest);
            }
            float scale = RoundedRow.scale(Float.intBitsToFloat(largest.reduceLanes(VectorOperators.MAX)));
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                float inverse = RoundedRow.inverse(scale);
                int most = 0;
                for (int group = begin; group < begin + RoundedRow.BLOCK; group += RoundedRow.GROUP) {
                    IntVector sum = IntVector.zero(INTS);
                    for (int i = group; i < group + RoundedRow.GROUP; i += LANES) {
                        FloatVector rounded = FloatVector.fromArray(FLOATS, x, from + i)
                                .mul(inverse)
                                .add(RoundedRow.ROUNDER);
                        IntVector code = rounded.reinterpretAsInts().sub(rounder);
                        code.intoArray(codes, i);
                        sum = code.abs().add(sum);
                    }
                    most = Math.max(most, sum.reduceLanes(VectorOperators.ADD)); // of integers, so in any order
                }
                if (most <= RoundedRow.MOST_IN_GROUP) {
                    break;
                }
                scale = RoundedRow.largerScale(scale, most);
            }
            scales[begin / RoundedRow.BLOCK] = scale;
            for (int i = begin; i < begin + RoundedRow.BLOCK; i += LANES) {
                FloatVector value =
                        (FloatVector) IntVector.fromArray(INTS, codes, i).convertShape(VectorOperators.I2F, FLOATS, 0);
                value.mul(scale).intoArray(values, i);
            }
        }
    }
}
