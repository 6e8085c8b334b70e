package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.FLOAT;
import static dev.demitasse.core.kernels.BlockDecoder.SHORT;
import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reading and writing of KV cache blocks, as plain loops; {@link KvType} defines the layout.
 *
 * <p>Keys and values differ in which index comes first: a key block is {@code headDim} lines of
 * {@link KvType#BLOCK_POSITIONS} numbers, a value block the reverse.
 */
final class ScalarAttention {
    private static final float LARGEST_HALF = 65504;

    private ScalarAttention() {}

    static void storeKey(
            KvType type, float[] key, int keyOffset, int headDim, MemorySegment page, long blockOffset, int slot) {
        for (int d = 0; d < headDim; d++) {
            store(type, key[keyOffset + d], page, blockOffset, d * BLOCK_POSITIONS + slot);
        }
    }

    static void storeValue(
            KvType type, float[] value, int valueOffset, int headDim, MemorySegment page, long blockOffset, int slot) {
        for (int d = 0; d < headDim; d++) {
            store(type, value[valueOffset + d], page, blockOffset, slot * headDim + d);
        }
    }

    private static void store(KvType type, float value, MemorySegment page, long blockOffset, int index) {
        switch (type) {
            case F32 -> page.set(FLOAT, blockOffset + (long) index * Float.BYTES, value);
            case F16 -> page.set(SHORT, blockOffset + (long) index * Short.BYTES, saturatedHalf(value));
            case INT8 -> throw new IllegalArgumentException("INT8 blocks are encoded as a whole");
        }
    }

    static short saturatedHalf(float value) {
        return Float.floatToFloat16(Math.clamp(value, -LARGEST_HALF, LARGEST_HALF));
    }

    static void convertKeys(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim) {
        convert(Int8Block.KEYS, fromType, from, fromOffset, toType, to, toOffset, headDim);
    }

    static void convertValues(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim) {
        convert(Int8Block.VALUES, fromType, from, fromOffset, toType, to, toOffset, headDim);
    }

    private static void convert(
            Int8Block form,
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim) {
        if (toType == KvType.INT8) {
            form.encode(from, fromOffset, to, toOffset, headDim);
            return;
        }
        int lineSize = form.lineSize(headDim);
        for (int line = 0; line < form.lines(headDim); line++) {
            for (int i = 0; i < lineSize; i++) {
                float value = load(form, fromType, from, fromOffset, headDim, line, i);
                store(toType, value, to, toOffset, line * lineSize + i);
            }
        }
    }

    private static float load(
            Int8Block form, KvType type, MemorySegment page, long blockOffset, int headDim, int line, int i) {
        long index = (long) line * form.lineSize(headDim) + i;
        return switch (type) {
            case F32 -> page.get(FLOAT, blockOffset + index * Float.BYTES);
            case F16 -> BlockDecoder.half(page, blockOffset + index * Short.BYTES);
            case INT8 -> form.get(page, blockOffset, headDim, line, i);
        };
    }

    static void readKeys(KvType type, MemorySegment page, long blockOffset, int headDim, float[] keys) {
        read(Int8Block.KEYS, type, page, blockOffset, headDim, keys);
    }

    static void readValues(KvType type, MemorySegment page, long blockOffset, int headDim, float[] values) {
        read(Int8Block.VALUES, type, page, blockOffset, headDim, values);
    }

    private static void read(
            Int8Block form, KvType type, MemorySegment page, long blockOffset, int headDim, float[] out) {
        int lineSize = form.lineSize(headDim);
        for (int line = 0; line < form.lines(headDim); line++) {
            for (int i = 0; i < lineSize; i++) {
                out[line * lineSize + i] = load(form, type, page, blockOffset, headDim, line, i);
            }
        }
    }

    /** With the positions innermost, so that a compiler can do several at once without changing any sum. */
    static void scores(float[] keys, float[] queries, int queryCount, int headDim, float scale, float[] scores) {
        for (int i = 0; i < queryCount; i++) {
            int line = i * BLOCK_POSITIONS;
            Arrays.fill(scores, line, line + BLOCK_POSITIONS, 0);
            for (int d = 0; d < headDim; d++) {
                float query = queries[i * headDim + d] * scale;
                for (int p = 0; p < BLOCK_POSITIONS; p++) {
                    scores[line + p] += query * keys[d * BLOCK_POSITIONS + p];
                }
            }
        }
    }

    static void addWeightedValues(
            float[] values, int positions, float[] weights, int queryCount, int headDim, float[] out) {
        for (int i = 0; i < queryCount; i++) {
            for (int p = 0; p < positions; p++) {
                float weight = weights[i * BLOCK_POSITIONS + p];
                for (int d = 0; d < headDim; d++) {
                    out[i * headDim + d] += weight * values[p * headDim + d];
                }
            }
        }
    }
}
