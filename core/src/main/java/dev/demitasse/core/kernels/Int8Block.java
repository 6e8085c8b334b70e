package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.FLOAT;
import static dev.demitasse.core.kernels.BlockDecoder.SHORT;
import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The 8-bit form of a key or value block: lines of signed codes, then an f16 scale for each line, then, for keys, an f16
 * centre for each line; a number is {@code code * scale + centre}.
 *
 * <p>A line of keys is one channel over all positions of the block. The channels of real models lie around centres of
 * their own, which the bias of the projection to keys moves up to a hundred times further from zero than the spread of
 * the channel: codes around the centre spend their bits on the spread. A line of values is one position.
 */
enum Int8Block {
    KEYS,
    VALUES;

    private static final int LARGEST_CODE = 127;

    int lines(int headDim) {
        return this == KEYS ? headDim : BLOCK_POSITIONS;
    }

    int lineSize(int headDim) {
        return this == KEYS ? BLOCK_POSITIONS : headDim;
    }

    int bytes(int headDim) {
        int halves = this == KEYS ? 2 : 1;
        return lines(headDim) * (lineSize(headDim) + halves * Short.BYTES);
    }

    long codes(long block, int headDim, int line) {
        return block + (long) line * lineSize(headDim);
    }

    float scale(MemorySegment page, long block, int headDim, int line) {
        return BlockDecoder.half(page, scaleAt(block, headDim, line));
    }

    float centre(MemorySegment page, long block, int headDim, int line) {
        return this == KEYS ? BlockDecoder.half(page, centreAt(block, headDim, line)) : 0;
    }

    private long scaleAt(long block, int headDim, int line) {
        return codes(block, headDim, lines(headDim)) + (long) line * Short.BYTES;
    }

    private long centreAt(long block, int headDim, int line) {
        return scaleAt(block, headDim, lines(headDim)) + (long) line * Short.BYTES;
    }

    /** Encodes a full block of floats. */
    void encode(MemorySegment floats, long floatsOffset, MemorySegment page, long block, int headDim) {
        for (int line = 0; line < lines(headDim); line++) {
            long from = floatsOffset + (long) line * lineSize(headDim) * Float.BYTES;
            encodeLine(floats, from, page, block, headDim, line);
        }
    }

    private void encodeLine(MemorySegment floats, long from, MemorySegment page, long block, int headDim, int line) {
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < lineSize(headDim); i++) {
            float value = floats.get(FLOAT, from + (long) i * Float.BYTES);
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        if (this == KEYS) {
            page.set(SHORT, centreAt(block, headDim, line), ScalarAttention.saturatedHalf((least + greatest) / 2));
        }
        // The centre as it was rounded: its error costs a little range, and no exactness.
        float centre = centre(page, block, headDim, line);
        float spread = Math.max(greatest - centre, centre - least);
        page.set(SHORT, scaleAt(block, headDim, line), ScalarAttention.saturatedHalf(spread / LARGEST_CODE));
        float scale = scale(page, block, headDim, line);
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < lineSize(headDim); i++) {
            float scaled = (floats.get(FLOAT, from + (long) i * Float.BYTES) - centre) * inverse;
            // The rounded scale may be a little too small for the largest value, hence the clamp.
            byte code = (byte) Math.rint(Math.clamp(scaled, -LARGEST_CODE, LARGEST_CODE));
            page.set(ValueLayout.JAVA_BYTE, codes(block, headDim, line) + i, code);
        }
    }

    /** One number of a block. */
    float get(MemorySegment page, long block, int headDim, int line, int i) {
        return page.get(ValueLayout.JAVA_BYTE, codes(block, headDim, line) + i) * scale(page, block, headDim, line)
                + centre(page, block, headDim, line);
    }
}
