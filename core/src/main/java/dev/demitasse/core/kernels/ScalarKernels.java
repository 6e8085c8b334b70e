package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.WeightMemory;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * Plain loops: what runs where the vector module is missing. Weights are repacked into strips, so that the compiler can make
 * vector instructions of the loops over their rows; see {@link ScalarLines}.
 */
final class ScalarKernels implements Kernels {
    private static final int LARGEST_BLOCK = 256;

    private final ScalarMultiply multiplication = new ScalarMultiply();
    private final WeightMemory weightMemory = new WeightMemory();
    private final MemorySegment block = MemorySegment.ofArray(new byte[LARGEST_BLOCK]);
    private final ActivationType activationType;

    ScalarKernels(ActivationType activationType) {
        this.activationType = activationType;
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void warmUp(Set<DType> types, KvType kvType) {
        // Plain loops run at a useful speed from the start and are compiled while they run.
    }

    @Override
    public PreparedMatrix prepare(List<Matrix> stacked) {
        return new StripMatrix(stacked, ScalarLines.LANES, activationType.rounds(stacked), weightMemory);
    }

    @Override
    public void multiply(PreparedMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        multiplication.multiply((StripMatrix) weights, x, tokens, y, workers);
    }

    @Override
    public void readRow(PreparedMatrix weights, int row, float[] out, int outOffset) {
        ((StripMatrix) weights).decodeRow(row, block, out, outOffset);
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int size) {
        ScalarElementwise.rmsNorm(x, xOffset, weight, eps, out, outOffset, size);
    }

    @Override
    public void add(float[] x, int xOffset, float[] y, int yOffset, int size) {
        ScalarElementwise.add(x, xOffset, y, yOffset, size);
    }

    @Override
    public void siluMultiply(
            float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int size) {
        ScalarElementwise.siluMultiply(gate, gateOffset, up, upOffset, out, outOffset, size);
    }

    @Override
    public void rope(float[] head, int offset, float[] cos, float[] sin, int tableOffset, int headDim) {
        ScalarElementwise.rope(head, offset, cos, sin, tableOffset, headDim);
    }

    @Override
    public void softmax(float[] x, int offset, int size) {
        ScalarElementwise.softmax(x, offset, size);
    }

    @Override
    public float softmaxStep(float[] scores, int offset, int size, float[] state, int stateOffset) {
        return ScalarElementwise.softmaxStep(scores, offset, size, state, stateOffset);
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
        ScalarAttention.readKeys(type, page, blockOffset, headDim, keys);
    }

    @Override
    public void readValues(KvType type, MemorySegment page, long blockOffset, int headDim, float[] values) {
        ScalarAttention.readValues(type, page, blockOffset, headDim, values);
    }

    @Override
    public void scores(float[] keys, float[] queries, int queryCount, int headDim, float scale, float[] scores) {
        ScalarAttention.scores(keys, queries, queryCount, headDim, scale, scores);
    }

    @Override
    public void addWeightedValues(
            float[] values, int positions, float[] weights, int queryCount, int headDim, float[] out) {
        ScalarAttention.addWeightedValues(values, positions, weights, queryCount, headDim, out);
    }
}
