package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;

/**
 * Vector kernels against their scalar twin, until they win: a JVM that does not compile the Vector API to vector
 * instructions runs it thousands of times slower, and no flag tells all the ways in which that happens.
 */
final class VectorRace {
    private static final int ROWS = 64;
    private static final int COLS = 256;
    private static final int LAPS_BETWEEN_LOOKS = 20;

    /** Only a JVM that fails needs all of it; a compiler that starves on a busy machine should not fail. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private VectorRace() {}

    /** True if this JVM's vectors have a useful width. */
    static boolean hasVectors() {
        return FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 128;
    }

    /** True as soon as the vector kernels are faster at the same product; false if that never happens. */
    static boolean isWon() {
        DType type = DType.Q8_0;
        byte[] zeroes = new byte[Math.toIntExact(ROWS * type.rowBytes(COLS))];
        List<Matrix> matrix = List.of(new Matrix("race", ROWS, COLS, type, MemorySegment.ofArray(zeroes)));
        Kernels scalar = new ScalarKernels();
        Kernels vector = new VectorKernels();
        long end = System.nanoTime() + LIMIT_NANOS;
        try (PreparedMatrix stored = scalar.prepare(matrix);
                PreparedMatrix strips = vector.prepare(matrix);
                Workers alone = new Workers("demitasse-race", 1)) {
            long scalarTime = Long.MAX_VALUE;
            long vectorTime = Long.MAX_VALUE;
            while (System.nanoTime() - end < 0) {
                for (int lap = 0; lap < LAPS_BETWEEN_LOOKS; lap++) {
                    scalarTime = Math.min(scalarTime, time(scalar, stored, alone));
                    vectorTime = Math.min(vectorTime, time(vector, strips, alone));
                }
                if (vectorTime < scalarTime) {
                    return true;
                }
            }
        }
        return false;
    }

    private static long time(Kernels kernels, PreparedMatrix weights, Workers alone) {
        float[] x = new float[COLS];
        float[] y = new float[ROWS];
        long start = System.nanoTime();
        kernels.multiply(weights, x, 1, y, alone);
        return System.nanoTime() - start;
    }
}
