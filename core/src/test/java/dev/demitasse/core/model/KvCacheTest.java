package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who holds which pages, what they cost, and that nobody sees another's writing. */
class KvCacheTest {
    private static final DecoderConfig CONFIG = RandomModel.config(Architecture.LLAMA, 2, 2, 16);
    private static final Kernels KERNELS = KernelSelection.scalar();

    private final Random random = new Random(1);

    private static KvPages pages(KvType type, long budget) {
        return new KvPages(CONFIG, type, KERNELS, budget);
    }

    /** Appends positions as a forward pass would. */
    private void append(KvCache cache, int count) {
        int first = cache.length();
        cache.reserve(count);
        for (int position = first; position < first + count; position++) {
            for (int layer = 0; layer < CONFIG.layers(); layer++) {
                for (int kvHead = 0; kvHead < CONFIG.kvHeads(); kvHead++) {
                    float[] vector = vector();
                    cache.store(layer, kvHead, position, vector, 0, vector, 0);
                    if (cache.isSealing() && position % KvType.BLOCK_POSITIONS == KvType.BLOCK_POSITIONS - 1) {
                        cache.seal(layer, kvHead, position / KvType.BLOCK_POSITIONS);
                    }
                }
            }
        }
        cache.commit(count);
    }

    private float[] vector() {
        float[] vector = new float[CONFIG.headDim()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** The keys of a complete block, as later positions read them. */
    private static float[] keys(KvCache cache, int block) {
        float[] keys = new float[CONFIG.headDim() * KvType.BLOCK_POSITIONS];
        KvPage page = cache.past(block);
        KERNELS.readKeys(page.type, page.memory, cache.keyBlock(page, 1, 1), CONFIG.headDim(), keys);
        return keys;
    }

    @ParameterizedTest
    @EnumSource
    void pagesAreCountedAndUsedAgain(KvType type) {
        try (KvPages pages = pages(type, Long.MAX_VALUE)) {
            KvCache cache = pages.newCache(1000);
            assertThat(cache.bytes()).isZero();
            append(cache, 64);
            assertThat(cache.bytes()).isEqualTo(2 * pages.pageBytes());
            assertThat(pages.bytesInUse()).isEqualTo(cache.bytes());
            cache.truncate(33);
            assertThat(cache.bytes()).isEqualTo(2 * pages.pageBytes());
            cache.truncate(32);
            assertThat(cache.bytes()).isEqualTo(pages.pageBytes());
            cache.close();
            cache.close();
            assertThat(pages.bytesInUse()).isZero();
            assertThatThrownBy(() -> cache.truncate(0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHundredForksCostTheirTailsOnly(KvType type) {
        try (KvPages pages = pages(type, Long.MAX_VALUE);
                KvCache base = pages.newCache(1000)) {
            append(base, 200);
            long bytes = pages.bytesInUse();
            KvCache[] forks = new KvCache[100];
            for (int i = 0; i < forks.length; i++) {
                forks[i] = base.fork();
            }
            assertThat(pages.bytesInUse()).isEqualTo(bytes);
            for (KvCache fork : forks) {
                append(fork, 1);
            }
            KvType tail = type == KvType.INT8 ? KvType.F32 : type;
            assertThat(pages.bytesInUse()).isEqualTo(bytes + forks.length * pages.pageBytes(tail));
            for (KvCache fork : forks) {
                fork.close();
            }
            assertThat(pages.bytesInUse()).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aForkOutlivesItsBaseAndNeitherSeesTheOther(KvType type) {
        try (KvPages pages = pages(type, Long.MAX_VALUE)) {
            KvCache base = pages.newCache(1000);
            append(base, 40);
            float[] shared = keys(base, 0);
            KvCache fork = base.fork();
            append(base, 30);
            append(fork, 30);
            assertThat(keys(base, 1)).isNotEqualTo(keys(fork, 1));
            base.close();
            assertThat(keys(fork, 0)).containsExactly(shared);
            fork.truncate(10);
            append(fork, 30);
            assertThat(keys(fork, 0)).isNotEqualTo(shared);
            fork.close();
            assertThat(pages.bytesInUse()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatAPassReservedAndDidNotUseIsGivenBack(KvType type) {
        try (KvPages pages = pages(type, Long.MAX_VALUE);
                KvCache cache = pages.newCache(1000)) {
            append(cache, 40);
            long bytes = pages.bytesInUse();
            cache.reserve(200);
            assertThat(pages.bytesInUse()).isGreaterThan(bytes);
            cache.rollback();
            assertThat(pages.bytesInUse()).isEqualTo(bytes);
            assertThat(cache.length()).isEqualTo(40);
        }
    }

    @ParameterizedTest
    @EnumSource
    void beyondTheBudgetNothingChanges(KvType type) {
        long budget = 4 * pages(type, 0).pageBytes(KvType.F32);
        try (KvPages pages = pages(type, budget);
                KvCache cache = pages.newCache(100_000)) {
            append(cache, 33);
            long bytes = pages.bytesInUse();
            assertThatThrownBy(() -> cache.reserve(5000))
                    .isInstanceOf(KvBudgetException.class)
                    .hasMessageContaining(Long.toString(budget));
            assertThat(pages.bytesInUse()).isEqualTo(bytes);
            assertThat(cache.length()).isEqualTo(33);
            append(cache, 20);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aForkOfTheBeginningSharesItsPagesOnly(KvType type) {
        try (KvPages pages = pages(type, Long.MAX_VALUE)) {
            KvCache base = pages.newCache(1000);
            append(base, 200);
            float[] shared = keys(base, 0);
            KvCache fork = base.fork(64);
            assertThat(fork.length()).isEqualTo(64);
            assertThat(fork.bytes()).isEqualTo(2 * pages.pageBytes());
            assertThat(keys(fork, 0)).containsExactly(shared);
            assertThat(base.sharedLength()).isEqualTo(64);
            assertThat(pages.bytesHeldOnlyBy(List.of(base))).isEqualTo(base.bytes() - fork.bytes());
            assertThat(pages.bytesHeldOnlyBy(List.of(base, fork))).isEqualTo(pages.bytesInUse());
            fork.close();
            assertThat(base.sharedLength()).isZero();
            assertThat(pages.bytesHeldOnlyBy(List.of(base))).isEqualTo(base.bytes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void noGrowthTakesMoreThanWasForetold(KvType type) {
        try (KvPages pages = pages(type, Long.MAX_VALUE)) {
            for (int round = 0; round < 200; round++) {
                KvCache base = pages.newCache(1000);
                append(base, 1 + random.nextInt(100));
                KvCache cache = round % 2 == 0 ? base.fork(random.nextInt(base.length() + 1)) : base;
                int rows = 1 + random.nextInt(80);
                int goal = cache.length() + random.nextInt(200);
                while (cache.length() < goal) {
                    long bound = pages.bytesInUse() + cache.bytesToGrow(goal, rows);
                    int count = Math.min(1 + random.nextInt(rows), goal - cache.length());
                    cache.reserve(count);
                    assertThat(pages.bytesInUse()).isLessThanOrEqualTo(bound);
                    cache.rollback();
                    append(cache, count);
                    assertThat(pages.bytesInUse() + cache.bytesToGrow(goal, rows))
                            .isLessThanOrEqualTo(bound);
                }
                assertThat(cache.bytesToGrow(goal, rows)).isZero();
                cache.close();
                base.close();
            }
            assertThat(pages.bytesInUse()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneConversationFitsItsBudgetHoweverItIsCut(KvType type) {
        long budget = pages(type, 0).bytesFor(300, 64);
        try (KvPages pages = pages(type, budget)) {
            KvCache base = pages.newCache(300);
            append(base, 45);
            KvCache cache = base.fork();
            base.close();
            while (cache.length() < 300) {
                append(cache, Math.min(1 + random.nextInt(64), 300 - cache.length()));
            }
            cache.truncate(77);
            append(cache, 60);
            cache.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatWasRoundedIsNotCut(KvType type) {
        try (KvPages pages = pages(type, Long.MAX_VALUE);
                KvCache cache = pages.newCache(1000)) {
            append(cache, 75);
            assertThat(cache.exactLength(64)).isEqualTo(64);
            assertThat(cache.exactLength(70)).isEqualTo(70);
            assertThat(cache.exactLength(50)).isEqualTo(type == KvType.INT8 ? 32 : 50);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenReadsBackTheSame(KvType type) throws IOException {
        try (KvPages pages = pages(type, Long.MAX_VALUE);
                KvCache cache = pages.newCache(1000)) {
            append(cache, 100);
            for (int length : new int[] {100, 97, 96, 65, 40, 32, 1, 0}) {
                // Shorter each time: 40 is inside a block that was complete.
                cache.truncate(length);
                byte[] written = written(cache);
                assertThat(written).hasSize((int) pages.writtenBytes(length));
                try (KvCache again = pages.readCache(channel(written), length, 1000, null)) {
                    assertThat(again.length()).isEqualTo(length);
                    assertThat(written(again)).isEqualTo(written);
                    append(again, 40);
                    assertThat(again.bytes()).isLessThanOrEqualTo(pages.bytesInUse() - cache.bytes());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingOfAnotherSequenceIsWritten(KvType type) throws IOException {
        try (KvPages pages = pages(type, Long.MAX_VALUE)) {
            KvCache other = pages.newCache(1000);
            append(other, 100);
            other.close();
            byte[] first = new byte[0];
            for (int round = 0; round < 2; round++) {
                random.setSeed(5);
                try (KvCache cache = pages.newCache(1000)) {
                    append(cache, 33);
                    byte[] written = written(cache);
                    assertThat(round == 0 ? written : first).isEqualTo(written);
                    first = written;
                    append(cache, 20);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadThatFailsLeavesNoPageBehind(KvType type) throws IOException {
        long budget = pages(type, 0).bytesFor(100, 100);
        try (KvPages pages = pages(type, budget)) {
            byte[] written;
            try (KvCache cache = pages.newCache(1000)) {
                append(cache, 90);
                written = written(cache);
            }
            for (int length = 0; length < written.length; length += 1 + written.length / 50) {
                byte[] cut = Arrays.copyOf(written, length);
                assertThatThrownBy(() -> pages.readCache(channel(cut), 90, 1000, null))
                        .isInstanceOf(EOFException.class);
                assertThat(pages.bytesInUse()).isZero();
            }
            assertThatThrownBy(() -> pages.readCache(channel(written), 100_000, 100_000, null))
                    .isInstanceOfAny(KvBudgetException.class, EOFException.class);
            assertThat(pages.bytesInUse()).isZero();
        }
    }

    private static byte[] written(KvCache cache) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        cache.write(Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    private static ReadableByteChannel channel(byte[] bytes) {
        return Channels.newChannel(new ByteArrayInputStream(bytes));
    }

    @Test
    void eightBitsTakeABitMoreThanHalfOfSixteen() {
        DecoderConfig qwen =
                new DecoderConfig(Architecture.QWEN2, 24, 896, 4864, 14, 2, 64, 151936, 32768, 1e6f, 1e-6f, true);
        long f16 = new KvPages(qwen, KvType.F16, KERNELS, 0).pageBytes() / KvType.BLOCK_POSITIONS;
        long int8 = new KvPages(qwen, KvType.INT8, KERNELS, 0).pageBytes() / KvType.BLOCK_POSITIONS;
        assertThat(f16).isEqualTo(12 * 1024);
        assertThat(int8).isEqualTo(6624);
    }

    @Test
    void truncatingIsForFewerPositionsOnly() {
        try (KvPages pages = pages(KvType.F16, Long.MAX_VALUE);
                KvCache cache = pages.newCache(10)) {
            append(cache, 5);
            assertThatThrownBy(() -> cache.truncate(6))
                    .hasMessageContaining("6")
                    .hasMessageContaining("5");
            assertThatThrownBy(() -> cache.truncate(-1)).hasMessageContaining("-1");
            assertThatThrownBy(() -> pages.newCache(0)).hasMessageContaining("0");
        }
    }
}
