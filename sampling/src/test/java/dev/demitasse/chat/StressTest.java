package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads do what applications do, in any order: nothing hangs, nothing leaks, every answer is right. */
@Timeout(120)
class StressTest {
    private static final String REPLY = "天下大事，必作于细。";

    @Test
    void mixedUseOfOneModel() throws Exception {
        try (var model = TestModel.withPrefixCache(300, REPLY);
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            model.engine.maxTokens = 32;
            List<Callable<Integer>> users = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                Random random = new Random(i);
                users.add(() -> use(model.model, random));
            }
            for (Future<Integer> user : virtual.invokeAll(users)) {
                assertThat(user.get(60, TimeUnit.SECONDS)).isEqualTo(20);
            }
            // What is left are the sequences of stateless requests.
            assertThat(model.engine.kvBytes()).isBetween(1L, 300L);
        }
    }

    @Test
    void hundredsOfThreadsOfBothKindsOnASmallBudget() throws Exception {
        Limits limits = new Limits(16, Integer.MAX_VALUE, Limits.DEFAULT_MAX_WAIT, 500);
        try (var model = TestModel.withLimits(TestModel.CONTEXT, limits, REPLY);
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService platform = Executors.newFixedThreadPool(200)) {
            int budget = 3 * TestModel.CONTEXT;
            model.engine.kvBudget = budget;
            AtomicLong most = new AtomicLong();
            model.engine.beforeLayer = _ -> most.accumulateAndGet(model.engine.kvBytes(), Math::max);
            List<Future<Integer>> users = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                Random random = new Random(i);
                ExecutorService threads = i % 2 == 0 ? virtual : platform;
                users.add(threads.submit(() -> use(model.model, random)));
            }
            for (Future<Integer> user : users) {
                assertThat(user.get(100, TimeUnit.SECONDS)).isEqualTo(20);
            }
            assertThat(most.get()).isBetween(budget / 2L, (long) budget);
            assertThat(model.model.stats().failedTurns()).isZero();
            assertThat(model.model.stats().waitingTurns()).isZero();
            assertThat(model.model.stats().runningTurns()).isZero();
        }
    }

    private static int use(LanguageModel model, Random random) throws Exception {
        try (ChatSession chat = model.newChat().system("p" + random.nextInt(3)).start()) {
            for (int step = 0; step < 20; step++) {
                switch (random.nextInt(7)) {
                    case 0 -> cancelSoon(chat, random);
                    case 1 -> chat.rewind(Math.min(2, chat.history().size()));
                    case 2 -> askFork(chat);
                    case 3 -> askStateless(model);
                    case 4 -> chat.preload("so ");
                    case 5 -> chat.clear();
                    default -> assertThat(chat.ask("question " + step)).isEqualTo(REPLY);
                }
                if (chat.history().size() > 6) {
                    chat.clear();
                }
            }
        }
        return 20;
    }

    private static void cancelSoon(ChatSession chat, Random random) {
        int[] piecesLeft = {random.nextInt(5)};
        Generation turn = chat.send("cancel me");
        Reply reply = turn.onText(_ -> {
                    if (piecesLeft[0]-- == 0) {
                        turn.cancel();
                    }
                })
                .await();
        assertThat(REPLY).startsWith(reply.text());
    }

    private static void askFork(ChatSession chat) {
        try (ChatSession fork = chat.fork()) {
            assertThat(fork.ask("in a fork")).isEqualTo(REPLY);
        }
    }

    private static void askStateless(LanguageModel model) throws Exception {
        ChatRequest request =
                ChatRequest.builder().system("p0").user("stateless").build();
        assertThat(model.send(request).future().get(60, TimeUnit.SECONDS).text())
                .isEqualTo(REPLY);
    }
}
