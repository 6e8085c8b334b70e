package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * The arithmetic of the forward pass. All sets agree within the limits of docs/NUMERICS.md.
 *
 * <p>Arrays are flat and row-major, sizes are explicit, and nothing is allocated by a call. Arguments are checked by
 * assertions only: callers check at their own doors. Kernels keep no state between calls apart from scratch memory per
 * worker, so that one set serves one model and one crew of workers.
 */
public interface Kernels {
    /** Name for people and logs: {@code "scalar"}, {@code "vector-512"}. */
    String name();

    /**
     * Has what a model needs compiled by the JVM, as far as that has to be asked for: without it the first passes are slow.
     * Results do not depend on it. May run beside {@link #prepare}; returns when all is compiled, or after some seconds.
     *
     * @param types of the model's matrices
     * @param kvType of its KV cache
     */
    void warmUp(Set<DType> types, KvType kvType);

    /**
     * Brings weights into the form this set multiplies them in. The matrices are stacked by rows.
     *
     * @param stacked at least one matrix; all have the same number of columns
     */
    PreparedMatrix prepare(List<Matrix> stacked);

    /**
     * Multiplies a batch of rows: {@code y[t, r] = sum over c of weights[r, c] * x[t, c]}.
     *
     * @param weights {@code [rows, cols]}
     * @param x {@code [tokens, cols]}
     * @param tokens rows of the batch, at least 1; 1 is a GEMV
     * @param y {@code [tokens, rows]}, overwritten
     * @param workers who shares the work; each output is computed by one worker in a fixed order, so that results do
     *     not depend on how many there are
     */
    void multiply(PreparedMatrix weights, float[] x, int tokens, float[] y, Workers workers);

    /** Reads one row as floats, exactly as its format defines them: {@code out[outOffset ..< outOffset + cols]}. */
    void readRow(PreparedMatrix weights, int row, float[] out, int outOffset);

    /**
     * RMSNorm (Zhang and Sennrich, 2019): {@code out[i] = x[i] / sqrt(mean(x^2) + eps) * weight[i]}. {@code x} and
     * {@code out} may be the same place.
     */
    void rmsNorm(float[] x, int xOffset, float[] weight, float eps, float[] out, int outOffset, int size);

    /** {@code x[i] += y[i]}. */
    void add(float[] x, int xOffset, float[] y, int yOffset, int size);

    /** SwiGLU's gate (Shazeer, 2020): {@code out[i] = gate[i] / (1 + exp(-gate[i])) * up[i]}. */
    void siluMultiply(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int size);

    /**
     * Rotary position embedding of one head in place, half-split form (pairs {@code i} and {@code i + headDim/2}), as
     * Hugging Face's {@code rotate_half}.
     *
     * @param cos {@code [.., headDim/2]}, read from {@code tableOffset}; {@code sin} likewise
     */
    void rope(float[] head, int offset, float[] cos, float[] sin, int tableOffset, int headDim);

    /** Softmax in place over {@code x[offset ..< offset + size]}; entries of minus infinity become 0. */
    void softmax(float[] x, int offset, int size);

    /**
     * One step of an online softmax (Milakov and Gimelshein, 2018): turns the next scores of a query into weights
     * {@code exp(score - greatest)}, {@code greatest} being the greatest score so far, and adds them to the sum so far.
     *
     * @param scores {@code size} scores from {@code offset} on, overwritten by their weights; minus infinity becomes 0.
     *     At least one, in this or an earlier step, must be greater than that
     * @param state {@code {greatest, sum}} from {@code stateOffset} on; {@code {-infinity, 0}} before the first step
     * @return what earlier weights are to be multiplied by, now that the greatest score has changed: 1 if it has not
     */
    float softmaxStep(float[] scores, int offset, int size, float[] state, int stateOffset);

    /** Stores one key as position {@code slot} of a key block that starts at {@code blockOffset}. Not for INT8. */
    void storeKey(KvType type, float[] key, int keyOffset, int headDim, MemorySegment page, long blockOffset, int slot);

    /** Stores one value as position {@code slot} of a value block that starts at {@code blockOffset}. Not for INT8. */
    void storeValue(
            KvType type, float[] value, int valueOffset, int headDim, MemorySegment page, long blockOffset, int slot);

    /** Encodes a full F32 key block as {@code type}, or decodes it: one of the two types is F32. */
    void convertKeys(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim);

    /** Encodes a full F32 value block as {@code type}, or decodes it: one of the two types is F32. */
    void convertValues(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim);

    /** Decodes a key block: {@code keys [headDim, BLOCK_POSITIONS]}, overwritten. */
    void readKeys(KvType type, MemorySegment page, long blockOffset, int headDim, float[] keys);

    /** Decodes a value block: {@code values [BLOCK_POSITIONS, headDim]}, overwritten. */
    void readValues(KvType type, MemorySegment page, long blockOffset, int headDim, float[] values);

    /**
     * Attention scores of several queries against one block of keys: {@code scores[i, p] = scale * dot(query i, key p)}.
     * The queries are those that share a KV head (GQA), for one token or several: each key is loaded once for several.
     * What a query gets does not depend on which others there are.
     *
     * @param keys {@code [headDim, BLOCK_POSITIONS]}
     * @param queries {@code [queryCount, headDim]}
     * @param scores {@code [queryCount, BLOCK_POSITIONS]}, overwritten
     */
    void scores(float[] keys, float[] queries, int queryCount, int headDim, float scale, float[] scores);

    /**
     * Adds the values of one block, weighted: {@code out[i, d] += sum over p < positions of weights[i, p] * values[p, d]}.
     * What a query gets does not depend on which others there are.
     *
     * @param values {@code [BLOCK_POSITIONS, headDim]}
     * @param positions 1 to {@link KvType#BLOCK_POSITIONS}; values beyond are not looked at
     * @param weights {@code [queryCount, BLOCK_POSITIONS]}
     * @param out {@code [queryCount, headDim]}
     */
    void addWeightedValues(float[] values, int positions, float[] weights, int queryCount, int headDim, float[] out);
}
