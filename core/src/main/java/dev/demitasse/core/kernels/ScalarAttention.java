package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.FLOAT;
import static dev.demitasse.core.kernels.BlockDecoder.SHORT;
import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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

    static void scores(
            KvType type,
            MemorySegment page,
            long keyBlockOffset,
            int positions,
            float[] queries,
            int queryOffset,
            int queryStride,
            int queryCount,
            int headDim,
            float scale,
            float[] scores,
            int scoresOffset,
            int scoresStride) {
        for (int i = 0; i < queryCount; i++) {
            for (int p = 0; p < positions; p++) {
                float sum = 0;
                for (int d = 0; d < headDim; d++) {
                    sum += queries[queryOffset + i * queryStride + d]
                            * load(type, page, keyBlockOffset, d, p, headDim, BLOCK_POSITIONS);
                }
                scores[scoresOffset + i * scoresStride + p] = sum * scale;
            }
        }
    }

    static void addWeightedValues(
            KvType type,
            MemorySegment page,
            long valueBlockOffset,
            int positions,
            float[] weights,
            int weightsOffset,
            int weightsStride,
            int queryCount,
            int headDim,
            float[] out,
            int outOffset,
            int outStride) {
        for (int i = 0; i < queryCount; i++) {
            for (int p = 0; p < positions; p++) {
                float weight = weights[weightsOffset + i * weightsStride + p];
                for (int d = 0; d < headDim; d++) {
                    out[outOffset + i * outStride + d] +=
                            weight * load(type, page, valueBlockOffset, p, d, BLOCK_POSITIONS, headDim);
                }
            }
        }
    }
}
