package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import dev.demitasse.core.runtime.Workers;
import org.junit.jupiter.api.Test;

/** What a batch refuses, beyond what a forward pass shows. */
class BatchTest {
    private static final int CONTEXT = 64;
    private static final int VOCABULARY = 1_000_000_000;
    private static final DecoderConfig CONFIG =
            new DecoderConfig(Architecture.QWEN2, 1, 16, 32, 2, 1, 8, VOCABULARY, CONTEXT, 10_000, 1e-6f, true);
    private static final Kernels KERNELS = KernelSelection.all().getFirst();

    private static Batch batch(Workers workers, int capacity) {
        return new Batch(CONFIG, KERNELS, workers, new RotaryTable(CONTEXT, 8, 10_000), CONTEXT, capacity);
    }

    @Test
    void moreLogitsThanAnArrayHoldsAreRefusedWhenTheRowIsAdded() {
        try (Workers workers = new Workers("test", 1);
                KvPages pages = new KvPages(CONFIG, KvType.F32, KERNELS, Long.MAX_VALUE);
                KvCache cache = pages.newCache(CONTEXT)) {
            Batch batch = batch(workers, 8);
            batch.add(0, cache, true);
            batch.add(VOCABULARY - 1, cache, true);
            assertThatThrownBy(() -> batch.add(1, cache, true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "logits for 3 rows of 1000000000 do not fit an array: at most 2 rows of a batch may want"
                                    + " them");
            assertThat(batch.size()).isEqualTo(2);
            assertThat(batch.add(1, cache, false)).isEqualTo(2);
        }
    }

    @Test
    void aBatchWhoseRowsFitNoArrayIsRefused() {
        try (Workers workers = new Workers("test", 1)) {
            assertThatThrownBy(() -> batch(workers, Integer.MAX_VALUE / 4))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a batch of 536870911 rows with 16 values")
                    .hasMessageContaining("fits no array");
        }
    }
}
