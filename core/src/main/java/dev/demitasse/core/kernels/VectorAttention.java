package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;
import static dev.demitasse.core.kernels.VectorLanes.BYTES;
import static dev.demitasse.core.kernels.VectorLanes.FLOATS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention over one block of the KV cache, by the Vector API.
 *
 * <p>Products work on tiles of four queries by two vectors: eight independent accumulators hide the latency of the
 * multiplication, and two loads serve eight of them. Where the queries do not divide by four, the last one is computed
 * again: that costs less than a second form of the loop.
 */
final class VectorAttention {
    private static final int TILE_QUERIES = 4;

    private VectorAttention() {}

    static void readKeys(KvType type, MemorySegment page, long blockOffset, int headDim, float[] keys) {
        switch (type) {
            case F32 -> readFloats(page, blockOffset, headDim * BLOCK_POSITIONS, keys);
            case F16 -> readHalves(page, blockOffset, headDim * BLOCK_POSITIONS, keys);
            case INT8 -> readBytes(Int8Block.KEYS, page, blockOffset, headDim, keys);
        }
    }

    static void readValues(KvType type, MemorySegment page, long blockOffset, int headDim, float[] values) {
        switch (type) {
            case F32 -> readFloats(page, blockOffset, headDim * BLOCK_POSITIONS, values);
            case F16 -> readHalves(page, blockOffset, headDim * BLOCK_POSITIONS, values);
            case INT8 -> readBytes(Int8Block.VALUES, page, blockOffset, headDim, values);
        }
    }

    private static void readFloats(MemorySegment page, long offset, int size, float[] out) {
        for (int i = 0; i < size; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, page, offset + (long) i * Float.BYTES, ByteOrder.LITTLE_ENDIAN)
                    .intoArray(out, i);
        }
    }

    private static void readHalves(MemorySegment page, long offset, int size, float[] out) {
        VectorLanes.readHalves(page, offset, (long) LANES * Short.BYTES, size / LANES, out, LANES);
    }

    private static void readBytes(Int8Block form, MemorySegment page, long block, int headDim, float[] out) {
        int lineSize = form.lineSize(headDim);
        for (int line = 0; line < form.lines(headDim); line++) {
            float scale = form.scale(page, block, headDim, line);
            float centre = form.centre(page, block, headDim, line);
            long codes = form.codes(block, headDim, line);
            int to = line * lineSize;
            int i = 0;
            for (; i <= lineSize - LANES; i += LANES) {
                ((FloatVector) ByteVector.fromMemorySegment(BYTES, page, codes + i, ByteOrder.LITTLE_ENDIAN)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(scale)
                        .add(centre)
                        .intoArray(out, to + i);
            }
            for (; i < lineSize; i++) {
                out[to + i] = page.get(ValueLayout.JAVA_BYTE, codes + i) * scale + centre;
            }
        }
    }

    static void scores(float[] keys, float[] queries, int queryCount, int headDim, float scale, float[] scores) {
        for (int query = 0; query < queryCount; query += TILE_QUERIES) {
            for (int position = 0; position < BLOCK_POSITIONS; position += 2 * LANES) {
                scoreTile(keys, position, queries, query, queryCount - 1, headDim, scale, scores);
            }
        }
    }

    private static void scoreTile(
            float[] keys,
            int position,
            float[] queries,
            int query,
            int lastQuery,
            int headDim,
            float scale,
            float[] scores) {
        if (headDim == 0) {
            return;
        }
        int query1 = Math.min(query + 1, lastQuery);
        int query2 = Math.min(query + 2, lastQuery);
        int query3 = Math.min(query + 3, lastQuery);
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector b0 = FloatVector.zero(FLOATS);
        FloatVector b1 = FloatVector.zero(FLOATS);
        FloatVector c0 = FloatVector.zero(FLOATS);
        FloatVector c1 = FloatVector.zero(FLOATS);
        FloatVector d0 = FloatVector.zero(FLOATS);
        FloatVector d1 = FloatVector.zero(FLOATS);
        for (int d = 0; d < headDim; d++) {
            FloatVector key0 = FloatVector.fromArray(FLOATS, keys, d * BLOCK_POSITIONS + position);
            FloatVector key1 = FloatVector.fromArray(FLOATS, keys, d * BLOCK_POSITIONS + position + LANES);
            FloatVector q = FloatVector.broadcast(FLOATS, queries[query * headDim + d]);
            a0 = key0.fma(q, a0);
            a1 = key1.fma(q, a1);
            q = FloatVector.broadcast(FLOATS, queries[query1 * headDim + d]);
            b0 = key0.fma(q, b0);
            b1 = key1.fma(q, b1);
            q = FloatVector.broadcast(FLOATS, queries[query2 * headDim + d]);
            c0 = key0.fma(q, c0);
            c1 = key1.fma(q, c1);
            q = FloatVector.broadcast(FLOATS, queries[query3 * headDim + d]);
            d0 = key0.fma(q, d0);
            d1 = key1.fma(q, d1);
        }
        int to = query * BLOCK_POSITIONS + position;
        a0.mul(scale).intoArray(scores, to);
        a1.mul(scale).intoArray(scores, to + LANES);
        to = query1 * BLOCK_POSITIONS + position;
        b0.mul(scale).intoArray(scores, to);
        b1.mul(scale).intoArray(scores, to + LANES);
        to = query2 * BLOCK_POSITIONS + position;
        c0.mul(scale).intoArray(scores, to);
        c1.mul(scale).intoArray(scores, to + LANES);
        to = query3 * BLOCK_POSITIONS + position;
        d0.mul(scale).intoArray(scores, to);
        d1.mul(scale).intoArray(scores, to + LANES);
    }

    static void addWeightedValues(
            float[] values, int positions, float[] weights, int queryCount, int headDim, float[] out) {
        int pairs = headDim - headDim % (2 * LANES);
        for (int query = 0; query < queryCount; query += TILE_QUERIES) {
            for (int d = 0; d < pairs; d += 2 * LANES) {
                valueTile(values, positions, d, weights, query, queryCount - 1, headDim, out);
            }
            for (int d = pairs; d < headDim; d += LANES) {
                valueTail(values, positions, d, weights, query, queryCount - 1, headDim, out);
            }
        }
    }

    private static void valueTile(
            float[] values, int positions, int d, float[] weights, int query, int lastQuery, int headDim, float[] out) {
        if (positions == 0) {
            return;
        }
        int query1 = Math.min(query + 1, lastQuery);
        int query2 = Math.min(query + 2, lastQuery);
        int query3 = Math.min(query + 3, lastQuery);
        FloatVector a0 = FloatVector.fromArray(FLOATS, out, query * headDim + d);
        FloatVector a1 = FloatVector.fromArray(FLOATS, out, query * headDim + d + LANES);
        FloatVector b0 = FloatVector.fromArray(FLOATS, out, query1 * headDim + d);
        FloatVector b1 = FloatVector.fromArray(FLOATS, out, query1 * headDim + d + LANES);
        FloatVector c0 = FloatVector.fromArray(FLOATS, out, query2 * headDim + d);
        FloatVector c1 = FloatVector.fromArray(FLOATS, out, query2 * headDim + d + LANES);
        FloatVector d0 = FloatVector.fromArray(FLOATS, out, query3 * headDim + d);
        FloatVector d1 = FloatVector.fromArray(FLOATS, out, query3 * headDim + d + LANES);
        for (int p = 0; p < positions; p++) {
            FloatVector value0 = FloatVector.fromArray(FLOATS, values, p * headDim + d);
            FloatVector value1 = FloatVector.fromArray(FLOATS, values, p * headDim + d + LANES);
            FloatVector weight = FloatVector.broadcast(FLOATS, weights[query * BLOCK_POSITIONS + p]);
            a0 = value0.fma(weight, a0);
            a1 = value1.fma(weight, a1);
            weight = FloatVector.broadcast(FLOATS, weights[query1 * BLOCK_POSITIONS + p]);
            b0 = value0.fma(weight, b0);
            b1 = value1.fma(weight, b1);
            weight = FloatVector.broadcast(FLOATS, weights[query2 * BLOCK_POSITIONS + p]);
            c0 = value0.fma(weight, c0);
            c1 = value1.fma(weight, c1);
            weight = FloatVector.broadcast(FLOATS, weights[query3 * BLOCK_POSITIONS + p]);
            d0 = value0.fma(weight, d0);
            d1 = value1.fma(weight, d1);
        }
        a0.intoArray(out, query * headDim + d);
        a1.intoArray(out, query * headDim + d + LANES);
        b0.intoArray(out, query1 * headDim + d);
        b1.intoArray(out, query1 * headDim + d + LANES);
        c0.intoArray(out, query2 * headDim + d);
        c1.intoArray(out, query2 * headDim + d + LANES);
        d0.intoArray(out, query3 * headDim + d);
        d1.intoArray(out, query3 * headDim + d + LANES);
    }

    /** One vector of channels, or what is left of one at the end of a head. */
    private static void valueTail(
            float[] values, int positions, int d, float[] weights, int query, int lastQuery, int headDim, float[] out) {
        VectorMask<Float> inside = FLOATS.indexInRange(d, headDim);
        for (int q = query; q <= Math.min(query + TILE_QUERIES - 1, lastQuery); q++) {
            FloatVector sum = FloatVector.fromArray(FLOATS, out, q * headDim + d, inside);
            for (int p = 0; p < positions; p++) {
                FloatVector value = FloatVector.fromArray(FLOATS, values, p * headDim + d, inside);
                sum = value.fma(FloatVector.broadcast(FLOATS, weights[q * BLOCK_POSITIONS + p]), sum);
            }
            sum.intoArray(out, q * headDim + d, inside);
        }
    }
}
