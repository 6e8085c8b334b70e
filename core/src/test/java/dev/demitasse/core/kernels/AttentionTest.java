package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every set of kernels reads and attends to KV blocks as the scalar one does. */
class AttentionTest {
    private static final Kernels SCALAR = KernelSelection.scalar();
    private static final int OFFSET = 13; // not aligned to anything

    private final Random random = new Random(5);

    record Shape(Kernels kernels, int headDim, int queries) {
        @Override
        public String toString() {
            return kernels.name() + ", " + queries + " queries of " + headDim;
        }
    }

    static Stream<Shape> shapes() {
        return KernelSelection.all().stream()
                .flatMap(kernels -> Stream.of(2, 16, 20, 32, 64, 80, 96, 128)
                        .flatMap(headDim ->
                                Stream.of(1, 2, 3, 4, 5, 7, 33).map(queries -> new Shape(kernels, headDim, queries))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void scoresAgree(Shape shape) {
        float[] keys = values(shape.headDim * BLOCK_POSITIONS);
        float[] queries = values(shape.queries * shape.headDim);
        float[] expected = new float[shape.queries * BLOCK_POSITIONS];
        float[] got = new float[shape.queries * BLOCK_POSITIONS];
        SCALAR.scores(keys, queries, shape.queries, shape.headDim, 0.3f, expected);
        shape.kernels.scores(keys, queries, shape.queries, shape.headDim, 0.3f, got);
        assertClose(got, expected, shape.headDim);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void weightedValuesAgree(Shape shape) {
        for (int positions : new int[] {1, 2, 17, 31, 32}) {
            float[] values = values(BLOCK_POSITIONS * shape.headDim);
            Arrays.fill(values, positions * shape.headDim, values.length, Float.NaN);
            float[] weights = values(shape.queries * BLOCK_POSITIONS);
            float[] expected = values(shape.queries * shape.headDim);
            float[] got = expected.clone();
            SCALAR.addWeightedValues(values, positions, weights, shape.queries, shape.headDim, expected);
            shape.kernels.addWeightedValues(values, positions, weights, shape.queries, shape.headDim, got);
            assertClose(got, expected, positions);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aQueryGetsTheSameInAnyCompany(Shape shape) {
        float[] keys = values(shape.headDim * BLOCK_POSITIONS);
        float[] queries = values(shape.queries * shape.headDim);
        float[] together = new float[shape.queries * BLOCK_POSITIONS];
        float[] alone = new float[BLOCK_POSITIONS];
        shape.kernels.scores(keys, queries, shape.queries, shape.headDim, 1, together);
        float[] last = Arrays.copyOfRange(queries, queries.length - shape.headDim, queries.length);
        shape.kernels.scores(keys, last, 1, shape.headDim, 1, alone);
        assertThat(Arrays.copyOfRange(together, together.length - BLOCK_POSITIONS, together.length))
                .containsExactly(alone);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void blocksAreReadAsTheScalarKernelsReadThem(Shape shape) {
        int headDim = shape.headDim;
        MemorySegment floats = MemorySegment.ofArray(new byte[OFFSET + KvType.F32.keyBlockBytes(headDim)]);
        for (int slot = 0; slot < BLOCK_POSITIONS; slot++) {
            shape.kernels.storeKey(KvType.F32, values(headDim), 0, headDim, floats, OFFSET, slot);
        }
        for (KvType type : KvType.values()) {
            MemorySegment page = MemorySegment.ofArray(
                    new byte[OFFSET + Math.max(type.keyBlockBytes(headDim), type.valueBlockBytes(headDim))]);
            float[] expected = new float[headDim * BLOCK_POSITIONS];
            float[] got = new float[headDim * BLOCK_POSITIONS];
            shape.kernels.convertKeys(KvType.F32, floats, OFFSET, type, page, OFFSET, headDim);
            SCALAR.readKeys(type, page, OFFSET, headDim, expected);
            shape.kernels.readKeys(type, page, OFFSET, headDim, got);
            assertThat(got).containsExactly(expected);
            shape.kernels.convertValues(KvType.F32, floats, OFFSET, type, page, OFFSET, headDim);
            SCALAR.readValues(type, page, OFFSET, headDim, expected);
            shape.kernels.readValues(type, page, OFFSET, headDim, got);
            assertThat(got).containsExactly(expected);
        }
    }

    @Test
    void everyHalfIsReadExactly() {
        int headDim = 2048;
        MemorySegment page = MemorySegment.ofArray(new byte[KvType.F16.keyBlockBytes(headDim)]);
        float[] key = new float[headDim];
        for (int slot = 0; slot < BLOCK_POSITIONS; slot++) {
            for (int d = 0; d < headDim; d++) {
                key[d] = Float.float16ToFloat((short) (slot * headDim + d));
            }
            SCALAR.storeKey(KvType.F16, key, 0, headDim, page, 0, slot);
        }
        float[] expected = new float[headDim * BLOCK_POSITIONS];
        SCALAR.readKeys(KvType.F16, page, 0, headDim, expected);
        for (Kernels kernels : KernelSelection.all()) {
            float[] got = new float[headDim * BLOCK_POSITIONS];
            kernels.readKeys(KvType.F16, page, 0, headDim, got);
            assertThat(got).as(kernels.name()).containsExactly(expected);
        }
    }

    private float[] values(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void assertClose(float[] got, float[] expected, int terms) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(got[i]).as("element %d", i).isCloseTo(expected[i], within(1e-6f * (terms + 1)));
        }
    }
}
