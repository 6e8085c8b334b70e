package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A budget for keys and values: what is given up for it is read again, and nobody runs out of it in the middle. */
@Timeout(300)
class KvBudgetTest {
    private static final int CONTEXT = 160;
    private static final int SESSIONS = 500;
    private static final int BUDGETED = 20;
    private static final int DIFFERENT = 100;

    @TempDir
    private static Path folder = Path.of("");

    private static Path file = Path.of("");

    @BeforeAll
    static void writeModel() {
        file = RandomGguf.write(folder);
    }

    private static ModelLoader loader(KvType type) {
        return LanguageModel.loader()
                .kvType(type)
                .kernels(KernelChoice.SCALAR)
                .threads(2)
                .contextSize(CONTEXT);
    }

    /** What one conversation of {@link #CONTEXT} tokens takes, as the refusal of less says. */
    private static long conversationBytes(KvType type) {
        String message = "";
        try (LanguageModel model = loader(type).kvBudget(1).load(file)) {
            assertThat(model.contextSize()).isZero();
        } catch (IllegalArgumentException e) {
            message = String.valueOf(e.getMessage());
        }
        return Long.parseLong(message.replaceAll(".* tokens takes (\\d+)\\..*", "$1"));
    }

    private static ChatOptions greedy(int tokens) {
        return ChatOptions.of(o -> o.greedy().maxTokens(tokens).repetitionPenalty(1));
    }

    private static String ask(ChatSession chat, int number, int turn) {
        return chat.send("q" + number + "." + turn, greedy(6)).await().text();
    }

    @Test
    void theEstimateIsWhatIsTaken() {
        for (KvType type : KvType.values()) {
            MemoryEstimate estimate = loader(type).estimate(file);
            try (LanguageModel model = loader(type).load(file);
                    RawSequence sequence = model.raw().newSequence()) {
                sequence.append(new int[CONTEXT]);
                assertThat(model.stats().kvBytes()).isEqualTo(estimate.conversation());
                assertThat(estimate.weights())
                        .isEqualTo(model.info().weightBytes().values().stream()
                                .mapToLong(Long::longValue)
                                .sum());
                assertThat(estimate.total(3) - estimate.total(2))
                        .isEqualTo(estimate.conversation() + 4L * model.raw().vocabularySize());
                assertThat(estimate.toString()).contains("160 tokens");
            }
        }
        assertThat(LanguageModel.estimate(file).conversation()).isEqualTo(RandomGguf.CONTEXT * 256L);
    }

    @Test
    void aBudgetForLessThanOneConversationIsRefused() {
        assertThatThrownBy(() -> loader(KvType.F32).kvBudget(1).load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("kvBudget is 1 bytes", "160 tokens", "contextSize");
        assertThatThrownBy(() -> LanguageModel.loader().kvBudget(0)).hasMessageContaining("kvBudget");
    }

    @ParameterizedTest
    @EnumSource
    void fiveHundredSessionsOnABudgetForTwentyAnswerAsEachDoesAlone(KvType type) throws Exception {
        long budget = BUDGETED * conversationBytes(type);
        List<List<String>> alone = new ArrayList<>();
        try (LanguageModel model = loader(type).load(file)) {
            for (int i = 0; i < DIFFERENT; i++) {
                try (ChatSession chat = model.chat()) {
                    alone.add(List.of(ask(chat, i, 0), ask(chat, i, 1)));
                }
            }
        }
        try (LanguageModel model = loader(type).kvBudget(budget).load(file);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<ChatSession> chats = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                chats.add(model.chat());
            }
            long most = 0;
            for (int turn = 0; turn < 2; turn++) {
                List<Callable<String>> questions = new ArrayList<>();
                for (int i = 0; i < SESSIONS; i++) {
                    int number = i % DIFFERENT;
                    int now = turn;
                    ChatSession chat = chats.get(i);
                    questions.add(() -> ask(chat, number, now));
                }
                List<Future<String>> answers = threads.invokeAll(questions);
                for (int i = 0; i < SESSIONS; i++) {
                    assertThat(answers.get(i).get())
                            .isEqualTo(alone.get(i % DIFFERENT).get(turn));
                    most = Math.max(most, model.stats().kvBytes());
                }
            }
            assertThat(most).isBetween(budget / 2, budget);
            assertThat(model.stats().turns()).isEqualTo(2 * SESSIONS);
            assertThat(model.stats().failedTurns()).isZero();
            chats.forEach(ChatSession::close);
            assertThat(model.stats().kvBytes()).isZero();
        }
    }

    @Test
    void whatAnIdleSessionGaveUpIsReadAgainAndShows() {
        try (LanguageModel model = loader(KvType.F32)
                        .kvBudget(conversationBytes(KvType.F32))
                        .load(file);
                ChatSession first = model.chat();
                ChatSession second = model.chat()) {
            ask(first, 1, 0);
            String kept = ask(first, 1, 1);
            long bytes = model.stats().kvBytes();
            assertThat(bytes).isPositive();
            // Room for all of the context: the first session's memory is needed.
            second.send("long", greedy(CONTEXT)).await();
            Usage usage = first.send("q1.2", greedy(2)).await().usage();
            assertThat(usage.cachedTokens()).isLessThan(usage.promptTokens() / 2);
            assertThat(first.history().get(3).content()).isEqualTo(kept);
            Usage next = first.send("q", greedy(2)).await().usage();
            assertThat(next.cachedTokens()).isGreaterThan(usage.promptTokens());
        }
    }

    @Test
    void theLeastRecentlyUsedSessionGivesUpFirst() {
        try (LanguageModel model = loader(KvType.F32)
                        .prefixCache(0)
                        .kvBudget(2 * conversationBytes(KvType.F32))
                        .load(file);
                ChatSession oldest = model.chat();
                ChatSession newer = model.chat();
                ChatSession large = model.chat()) {
            ask(newer, 1, 0);
            ask(oldest, 0, 0);
            ask(newer, 1, 1);
            large.send("x".repeat(50), greedy(1000)).await();
            Usage kept = newer.send("q", greedy(2)).await().usage();
            Usage lost = oldest.send("q", greedy(2)).await().usage();
            assertThat(kept.cachedTokens()).isGreaterThan(kept.promptTokens() / 2);
            assertThat(lost.cachedTokens()).isLessThan(kept.cachedTokens());
        }
    }

    @Test
    void aTurnThatFindsNoRoomWaitsAndThenGivesUp() {
        long budget = conversationBytes(KvType.F32);
        try (LanguageModel model = loader(KvType.F32)
                        .kvBudget(budget)
                        .maxWait(Duration.ofMillis(200))
                        .load(file);
                ChatSession chat = model.chat()) {
            try (RawSequence pinned = model.raw().newSequence()) {
                pinned.append(new int[CONTEXT - 1]);
                assertThatThrownBy(() -> chat.ask("go"))
                        .isInstanceOf(ModelBusyException.class)
                        .hasMessageContainingAll("PT0.2S", Long.toString(budget));
                assertThat(chat.history()).isEmpty();
                assertThat(model.stats().waitingTurns()).isZero();
                assertThat(model.stats().failedTurns()).isEqualTo(1);
                Reply late =
                        chat.send("go", o -> o.timeout(Duration.ofMillis(50))).await();
                assertThat(late.finish()).isEqualTo(Finish.TIMEOUT);
            }
            assertThat(chat.send("go", greedy(3)).await().usage().completionTokens())
                    .isPositive();
        }
    }

    @Test
    void aWaitingTurnBeginsAsSoonAsThereIsRoom() throws Exception {
        try (LanguageModel model = loader(KvType.F32)
                        .kvBudget(conversationBytes(KvType.F32))
                        .load(file);
                ChatSession chat = model.chat()) {
            RawSequence pinned = model.raw().newSequence();
            pinned.append(new int[CONTEXT - 1]);
            Future<Reply> waiting = chat.send("go", greedy(3)).future();
            while (model.stats().waitingTurns() == 0) {
                Thread.onSpinWait();
            }
            pinned.close();
            assertThat(waiting.get(20, TimeUnit.SECONDS).usage().completionTokens())
                    .isPositive();
        }
    }
}
