package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * With kernels that add in the same order whatever the number of rows, guessing leaves every token as it was: greedy and
 * drawn, since the same random numbers are used for the same logits. A text that is equal for each seed has the same
 * distribution over all of them.
 */
@Timeout(120)
class SpeculationExactnessTest {
    private static final int TOKENS = 120;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(KvType.class)
    void greedyTextsAreTheSame(KvType kvType) {
        try (RawModel model = load(kvType)) {
            Counts counts = new Counts();
            for (int prompt = 0; prompt < 8; prompt++) {
                compare(model, prompt, ChatOptions.of(o -> o.greedy().maxTokens(TOKENS)), counts);
            }
            assertThat(counts.accepted).isPositive();
            assertThat(counts.refused).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void drawnTextsAreTheSameForEachSeed(KvType kvType) {
        try (RawModel model = load(kvType)) {
            Counts counts = new Counts();
            for (int seed = 0; seed < 40; seed++) {
                long drawn = seed;
                compare(
                        model,
                        seed,
                        ChatOptions.of(o -> o.temperature(0.7)
                                .topK(3)
                                .repetitionPenalty(1.02)
                                .seed(drawn)
                                .maxTokens(TOKENS)),
                        counts);
            }
            assertThat(counts.accepted).isPositive();
            assertThat(counts.refused).isPositive();
        }
    }

    @Test
    void sessionsThatGuessTogetherWriteWhatEachWritesAlone() throws ExecutionException, InterruptedException {
        try (RawModel model = load(KvType.F32);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                int prompt = i;
                all.add(threads.submit(() ->
                        compare(model, prompt, ChatOptions.of(o -> o.greedy().maxTokens(TOKENS)), new Counts())));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
    }

    private RawModel load(KvType kvType) {
        return LanguageModel.loader()
                .kernels(KernelChoice.SCALAR)
                .kvType(kvType)
                .threads(2)
                .loadRaw(RandomGguf.write(folder));
    }

    private static final class Counts {
        long accepted;
        long refused;
    }

    /** The prompt repeats itself and is long enough for replies to cross several blocks of the cache. */
    private static void compare(RawModel model, int seed, ChatOptions options, Counts counts) {
        int[] phrase = new Random(seed).ints(15, 97, 123).toArray();
        int[] prompt = new int[50 + seed];
        for (int i = 0; i < prompt.length; i++) {
            prompt[i] = phrase[i % phrase.length];
        }
        RawReply plain = generate(model, prompt, options);
        RawReply guessed =
                generate(model, prompt, options.toBuilder().promptLookup(7).build());
        assertThat(guessed.tokens()).isEqualTo(plain.tokens());
        counts.accepted += guessed.timings().acceptedTokens();
        counts.refused += guessed.timings().proposedTokens() - guessed.timings().acceptedTokens();
    }

    private static RawReply generate(RawModel model, int[] prompt, ChatOptions options) {
        try (RawSequence sequence = model.newSequence()) {
            return sequence.generate(prompt, options, Set.of());
        }
    }
}
