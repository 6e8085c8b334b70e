package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.WeightMemory;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * Kernels by the Vector API, at the widest vectors this JVM has. Weights are repacked into strips; see
 * {@link StripLayout}.
 */
final class VectorKernels implements Kernels {
    private static final int LARGEST_BLOCK = 256;

    private final VectorGemv gemv = new VectorGemv();
    private final VectorGemm gemm = new VectorGemm();
    private final WeightMemory weightMemory = new WeightMemory();
    private final ActivationType activationType;
    private final MemorySegment block = MemorySegment.ofArray(new byte[LARGEST_BLOCK]);

    VectorKernels(ActivationType activationType) {
        this.activationType = activationType;
    }

    @Override
    public String name() {
        return "vector-" + VectorLanes.FLOATS.vectorBitSize();
    }

    @Override
    public void warmUp(Set<DType> types, KvType kvType) {
        VectorWarmUp.run(types, activationType, kvType);
    }

    @Override
    public PreparedMatrix prepare(List<Matrix> stacked) {
        return new StripMatrix(stacked, VectorLanes.LANES, activationType.rounds(stacked), weightMemory);
    }

    @Override
    public void multiply(PreparedMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        StripMatrix strips = (StripMatrix) weights;
        if (tokens <= VectorGemv.mostTokens(strips)) {
            gemv.multiply(strips, x, tokens, y, workers);
        } else {
            gemm.multiply(strips, x, tokens, y, workers);
        }
    }

    @Override
    public void readRow(PreparedMatrix weights, int row, float[] out, int outOffset) {
        ((StripMatrix) weights).decodeRow(row, block, out, outOffset);
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int size) {
        VectorElementwise.rmsNorm(x, xOffset, weight, eps, out, outOffset, size);
    }

    @Override
    public void add(float[] x, int xOffset, float[] y, int yOffset, int size) {
        ScalarElementwise.add(x, xOffset, y, yOffset, size);
    }

    @Override
    public void siluMultiply(
            float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int size) {
        VectorElementwise.siluMultiply(gate, gateOffset, up, upOffset, out, outOffset, size);
    }

    @Override
    public void rope(float[] head, int offset, float[] cos, float[] sin, int tableOffset, int headDim) {
        VectorElementwise.rope(head, offset, cos, sin, tableOffset, headDim);
    }

    @Override
    public void softmax(float[] x, int offset, int size) {
        VectorElementwise.softmax(x, offset, size);
    }

    @Override
    public void storeKey(
            KvType type, float[] key, int keyOffset, int headDim, MemorySegment page, long blockOffset, int slot) {
        ScalarAttention.storeKey(type, key, keyOffset, headDim, page, blockOffset, slot);
    }

    @Override
    public void storeValue(
            KvType type, float[] value, int valueOffset, int headDim, MemorySegment page, long blockOffset, int slot) {
        ScalarAttention.storeValue(type, value, valueOffset, headDim, page, blockOffset, slot);
    }

    @Override
    public void convertKeys(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim) {
        ScalarAttention.convertKeys(fromType, from, fromOffset, toType, to, toOffset, headDim);
    }

    @Override
    public void convertValues(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim) {
        ScalarAttention.convertValues(fromType, from, fromOffset, toType, to, toOffset, headDim);
    }

    @Override
    public void readKeys(KvType type, MemorySegment page, long blockOffset, int headDim, float[] keys) {
        VectorAttention.readKeys(type, page, blockOffset, headDim, keys);
    }

    @Override
    public void readValues(KvType type, MemorySegment page, long blockOffset, int headDim, float[] values) {
        VectorAttention.readValues(type, page, blockOffset, headDim, values);
    }

    @Override
    public void scores(float[] keys, float[] queries, int queryCount, int headDim, float scale, float[] scores) {
        VectorAttention.scores(keys, queries, queryCount, headDim, scale, scores);
    }

    @Override
    public void addWeightedValues(
            float[] values, int positions, float[] weights, int queryCount, int headDim, float[] out) {
        VectorAttention.addWeightedValues(values, positions, weights, queryCount, headDim, out);
    }

    @Override
    public float softmaxStep(float[] scores, int offset, int size, float[] state, int stateOffset) {
        return VectorElementwise.softmaxStep(scores, offset, size, state, stateOffset);
    }
}
