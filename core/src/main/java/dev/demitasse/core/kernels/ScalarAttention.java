package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.FLOAT;
import static dev.demitasse.core.kernels.BlockDecoder.SHORT;
import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Reading and writing of KV cache blocks, as plain loops; {@link KvType} defines the layout.
 *
 * <p>Keys and values differ only in which index comes first: a key block is {@code headDim} lines of
 * {@link KvType#BLOCK_POSITIONS} numbers, a value block the reverse. A line is what one scale of INT8 covers.
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

    private static short saturatedHalf(float value) {
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
        convert(fromType, from, fromOffset, toType, to, toOffset, headDim, BLOCK_POSITIONS);
    }

    static void convertValues(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int headDim) {
        convert(fromType, from, fromOffset, toType, to, toOffset, BLOCK_POSITIONS, headDim);
    }

    private static void convert(
            KvType fromType,
            MemorySegment from,
            long fromOffset,
            KvType toType,
            MemorySegment to,
            long toOffset,
            int lines,
            int lineSize) {
        for (int line = 0; line < lines; line++) {
            if (toType == KvType.INT8) {
                encodeLine(from, fromOffset, to, toOffset, line, lines, lineSize);
                continue;
            }
            for (int i = 0; i < lineSize; i++) {
                float value = load(fromType, from, fromOffset, line, i, lines, lineSize);
                store(toType, value, to, toOffset, line * lineSize + i);
            }
        }
    }

    private static void encodeLine(
            MemorySegment from, long fromOffset, MemorySegment to, long toOffset, int line, int lines, int lineSize) {
        float largest = 0;
        for (int i = 0; i < lineSize; i++) {
            largest = Math.max(largest, Math.abs(load(KvType.F32, from, fromOffset, line, i, lines, lineSize)));
        }
        short scale = saturatedHalf(largest / 127);
        to.set(SHORT, toOffset + scaleOffset(line, lines, lineSize), scale);
        float inverse = scale == 0 ? 0 : 1 / Float.float16ToFloat(scale);
        for (int i = 0; i < lineSize; i++) {
            float scaled = load(KvType.F32, from, fromOffset, line, i, lines, lineSize) * inverse;
            // The rounded scale may be a little too small for the largest value, hence the clamp.
            byte code = (byte) Math.rint(Math.clamp(scaled, -127f, 127f));
            to.set(ValueLayout.JAVA_BYTE, toOffset + (long) line * lineSize + i, code);
        }
    }

    private static long scaleOffset(int line, int lines, int lineSize) {
        return (long) lines * lineSize + (long) line * Short.BYTES;
    }

    private static float load(
            KvType type, MemorySegment page, long blockOffset, int line, int i, int lines, int lineSize) {
        long index = (long) line * lineSize + i;
        return switch (type) {
            case F32 -> page.get(FLOAT, blockOffset + index * Float.BYTES);
            case F16 -> BlockDecoder.half(page, blockOffset + index * Short.BYTES);
            case INT8 ->
                page.get(ValueLayout.JAVA_BYTE, blockOffset + index)
                        * BlockDecoder.half(page, blockOffset + scaleOffset(line, lines, lineSize));
        };
    }

    static void readKeys(KvType type, MemorySegment page, long blockOffset, int headDim, float[] keys) {
        read(type, page, blockOffset, headDim, BLOCK_POSITIONS, keys);
    }

    static void readValues(KvType type, MemorySegment page, long blockOffset, int headDim, float[] values) {
        read(type, page, blockOffset, BLOCK_POSITIONS, headDim, values);
    }

    private static void read(
            KvType type, MemorySegment page, long blockOffset, int lines, int lineSize, float[] values) {
        for (int line = 0; line < lines; line++) {
            for (int i = 0; i < lineSize; i++) {
                values[line * lineSize + i] = load(type, page, blockOffset, line, i, lines, lineSize);
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
