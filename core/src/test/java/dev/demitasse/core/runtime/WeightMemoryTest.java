package dev.demitasse.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class WeightMemoryTest {
    private static final long[] SIZES = {0, 1, 63, 64, 65, 4_097, 1 << 20, (32 << 20) - 64, (32 << 20) + 1};

    @Test
    void largePagesAreAskedForOnLinuxWhereNativeAccessIsEnabled() {
        boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux");
        boolean enabled = WeightMemory.class.getModule().isNativeAccessEnabled();
        assertThat(new WeightMemory().usesLargePages()).isEqualTo(linux && enabled);
    }

    @Test
    void blocksAreZeroesOnCacheLinesOfTheirOwn() {
        WeightMemory memory = new WeightMemory();
        List<WeightMemory.Block> blocks = new ArrayList<>();
        for (long size : SIZES) {
            WeightMemory.Block block = memory.allocate(size);
            MemorySegment segment = block.segment();
            assertThat(segment.byteSize()).isEqualTo(size);
            assertThat(segment.address() % 64).isZero();
            for (long at = 0; at < size; at += 61) {
                assertThat(segment.get(ValueLayout.JAVA_BYTE, at)).isZero();
            }
            segment.fill((byte) blocks.size());
            blocks.add(block);
        }
        for (int i = 0; i < blocks.size(); i++) {
            MemorySegment segment = blocks.get(i).segment();
            assertThat(segment.mismatch(MemorySegment.ofArray(filled(segment.byteSize(), i))))
                    .as("block %d was written over by another", i)
                    .isEqualTo(-1);
        }
        blocks.forEach(WeightMemory.Block::close);
    }

    private static byte[] filled(long size, int value) {
        byte[] bytes = new byte[(int) size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void memoryIsGoneOnceEverythingNearItIsClosed() {
        WeightMemory memory = new WeightMemory();
        WeightMemory.Block first = memory.allocate(100);
        WeightMemory.Block second = memory.allocate(100);
        first.close();
        first.close();
        second.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        second.close();
        assertThatThrownBy(() -> second.segment().get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        try (WeightMemory.Block next = memory.allocate(100)) {
            assertThat(next.segment().get(ValueLayout.JAVA_BYTE, 99)).isZero();
        }
    }
}
