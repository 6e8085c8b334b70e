package dev.demitasse.core.kernels;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A product of vectors against its scalar twin, until it wins: a JVM that does not compile the Vector API to vector
 * instructions runs it thousands of times slower, and no flag tells all the ways in which that happens. The product is
 * small, since the compiler acts on how often a loop turns and each turn is slow until it has.
 */
final class VectorRace {
    private static final int SIZE = 512;

    /** Enough for the scalar product to be compiled before it is measured: nobody should win against an interpreter. */
    private static final int SCALAR_LAPS_AHEAD = 2_000;

    /** The compiler acts on how often a method is called; a call with nothing to do counts. See {@link VectorWarmUp}. */
    private static final int EMPTY_CALLS_BETWEEN_LOOKS = 300;

    /** Only a JVM that fails needs all of it; a compiler that starves on a busy machine should not fail. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private VectorRace() {}

    /** True if this JVM's vectors have a useful width. */
    static boolean hasVectors() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 128;
    }

    /** True as soon as the vector product is faster; false if that never happens. */
    static boolean isWon() {
        float[] x = new float[SIZE];
        float[] y = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            x[i] = i % 7;
            y[i] = i % 5;
        }
        long end = System.nanoTime() + LIMIT_NANOS;
        float expected = 0;
        for (int lap = 0; lap < SCALAR_LAPS_AHEAD; lap++) {
            expected = scalarProduct(x, y);
        }
        long scalarTime = Long.MAX_VALUE;
        long vectorTime = Long.MAX_VALUE;
        while (System.nanoTime() - end < 0) {
            for (int call = 0; call < EMPTY_CALLS_BETWEEN_LOOKS; call++) {
                vectorProduct(x, y, 0);
            }
            long start = System.nanoTime();
            float again = scalarProduct(x, y);
            long middle = System.nanoTime();
            float got = vectorProduct(x, y, SIZE);
            vectorTime = Math.min(vectorTime, System.nanoTime() - middle);
            scalarTime = Math.min(scalarTime, middle - start);
            if (got != expected || again != expected) {
                return false;
            }
            if (vectorTime < scalarTime) {
                return true;
            }
        }
        return false;
    }

    /** Small whole numbers: the sums are exact in any order. */
    private static float scalarProduct(float[] x, float[] y) {
        float sum = 0;
        for (int i = 0; i < SIZE; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    private static float vectorProduct(float[] x, float[] y, int size) {
        if (size == 0) {
            return 0;
        }
        FloatVector sum = FloatVector.zero(VectorLanes.FLOATS);
        for (int i = 0; i < size; i += VectorLanes.LANES) {
            FloatVector first = FloatVector.fromArray(VectorLanes.FLOATS, x, i);
            sum = first.fma(FloatVector.fromArray(VectorLanes.FLOATS, y, i), sum);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
