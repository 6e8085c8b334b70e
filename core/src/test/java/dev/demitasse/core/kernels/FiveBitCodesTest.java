package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FiveBitCodesTest {
    private static final int BLOCK_BYTES = 20; // a word of fifth bits, 16 bytes of nibbles
    private static final int LANES = 3;

    private final Random random = new Random(5);

    @Test
    void everyCodeIsWhereTheKernelsLookForIt() {
        for (int trial = 0; trial < 100; trial++) {
            byte[] block = block();
            MemorySegment strip = strip(block);
            int lastLow = 0;
            int lastHigh = 0;
            for (int i = 0; i < FiveBitCodes.WORDS; i++) {
                for (int field = 0; field < 3; field++) {
                    assertThat(word(strip, i) >>> (5 * field) & 31).isEqualTo(code(block, 3 * i + field));
                    assertThat(word(strip, i) >>> (16 + 5 * field) & 31).isEqualTo(code(block, 16 + 3 * i + field));
                }
                lastLow |= (word(strip, i) >>> 15 & 1) << i;
                lastHigh |= word(strip, i) >>> 31 << i;
            }
            assertThat(lastLow).isEqualTo(code(block, 15));
            assertThat(lastHigh).isEqualTo(code(block, 31));
        }
    }

    @Test
    void noBitIsLost() {
        for (int trial = 0; trial < 100; trial++) {
            byte[] block = block();
            byte[] restored = new byte[BLOCK_BYTES];
            CodeOrder.fromStrip(DType.Q5_0, strip(block), 0, LANES, MemorySegment.ofArray(restored), 0);
            assertThat(restored).isEqualTo(block);
        }
    }

    private byte[] block() {
        byte[] block = new byte[BLOCK_BYTES];
        random.nextBytes(block);
        return block;
    }

    private static MemorySegment strip(byte[] block) {
        MemorySegment strip = MemorySegment.ofArray(new byte[FiveBitCodes.WORDS * LANES * Integer.BYTES]);
        CodeOrder.toStrip(DType.Q5_0, MemorySegment.ofArray(block), 0, strip, 0, LANES);
        return strip;
    }

    private static int word(MemorySegment strip, int index) {
        return strip.get(BlockDecoder.INT, (long) index * LANES * Integer.BYTES);
    }

    /** As the format defines it: nibbles of the first 16 codes are the lower ones, fifth bits are in order. */
    private static int code(byte[] block, int index) {
        int fifth = MemorySegment.ofArray(block).get(BlockDecoder.INT, 0) >>> index;
        int nibble = (block[4 + index % 16] >>> (index < 16 ? 0 : 4)) & 15;
        return nibble | ((fifth & 1) << 4);
    }
}
