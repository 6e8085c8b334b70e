package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OverflowTest {
    private static final int CONTEXT = 400;

    /** A turn of "q....." and its answer takes 100 tokens with what the template writes around them. */
    private static final String QUESTION = "q".repeat(40);

    private static TestModel model() {
        return TestModel.withContext(CONTEXT, "answer");
    }

    private static ChatSession.Builder chat(TestModel test) {
        return test.model.newChat().system("rules").options(o -> o.maxTokens(50));
    }

    @Test
    void theOldestTurnsAreForgottenAndTheRulesAndTheQuestionStay() {
        try (TestModel test = model();
                ChatSession chat = chat(test).overflow(Overflow.dropOldest()).start()) {
            List<Event.ContextShifted> shifts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Reply reply = chat.send(QUESTION + i)
                        .onEvent(event -> {
                            if (event instanceof Event.ContextShifted shifted) {
                                shifts.add(shifted);
                            }
                        })
                        .await();
                assertThat(reply.finish()).isEqualTo(Finish.STOP);
                List<Message> history = chat.history();
                assertThat(history.getFirst().role()).isEqualTo(Role.USER);
                assertThat(history.get(history.size() - 2)).isEqualTo(Message.user(QUESTION + i));
                assertThat(history.getLast()).isEqualTo(Message.assistant("answer"));
                assertThat(chat.context().used()).isLessThan(CONTEXT);
            }
            // A turn takes about 60 tokens: five or six fill the context, two are left of them.
            assertThat(shifts)
                    .hasSizeBetween(4, 7)
                    .allSatisfy(shift -> assertThat(shift.droppedMessages()).isIn(6, 8));
        }
    }

    @Test
    void afterAShiftTheNextTurnsReuseWhatWasRead() {
        try (TestModel test = model();
                ChatSession chat = chat(test).overflow(Overflow.dropOldest()).start()) {
            List<Boolean> reused = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Usage usage = chat.send(QUESTION).await().usage();
                reused.add(usage.cachedTokens() > usage.promptTokens() / 2);
            }
            assertThat(reused.stream().filter(Boolean::booleanValue).count()).isGreaterThanOrEqualTo(10);
        }
    }

    @Test
    void aQuestionThatDoesNotFitEvenAloneIsRefusedAndNothingIsForgotten() {
        try (TestModel test = model();
                ChatSession chat = chat(test).overflow(Overflow.dropOldest()).start()) {
            chat.ask(QUESTION);
            assertThatThrownBy(() -> chat.ask("x".repeat(CONTEXT))).isInstanceOf(ContextOverflowException.class);
            assertThat(chat.history()).hasSize(2);
            assertThat(chat.ask(QUESTION)).isEqualTo("answer");
        }
    }

    @Test
    void withoutAStrategyTheTurnFailsAndNothingIsForgotten() {
        try (TestModel test = model();
                ChatSession chat = chat(test).start()) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10; i++) {
                            chat.ask(QUESTION);
                        }
                    })
                    .isInstanceOf(ContextOverflowException.class);
            assertThat(chat.history()).hasSizeBetween(6, 12);
            chat.rewind(2);
            assertThat(chat.ask("short")).isEqualTo("answer");
        }
    }

    @Test
    void anApplicationMaySummariseWithTheSameModel() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        try (TestModel test = model();
                ChatSession summariser = test.chat();
                ChatSession chat = chat(test)
                        .overflow((history, room) -> {
                            thread.set(Thread.currentThread());
                            assertThat(room.tokens(history)).isGreaterThan(room.size());
                            return List.of(Message.user("Before: " + summariser.ask("sum up")));
                        })
                        .start()) {
            while (thread.get() == null) {
                chat.ask(QUESTION);
            }
            assertThat(thread.get()).isSameAs(Thread.currentThread());
            assertThat(chat.history())
                    .containsExactly(
                            Message.user("Before: answer"), Message.user(QUESTION), Message.assistant("answer"));
        }
    }

    @Test
    void aStrategyThatFailsLeavesTheSessionAsItWas() {
        try (TestModel test = model();
                ChatSession chat = chat(test)
                        .overflow((_, _) -> {
                            throw new UnsupportedOperationException("mine");
                        })
                        .start()) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10; i++) {
                            chat.ask(QUESTION);
                        }
                    })
                    .hasMessage("mine");
            int before = chat.history().size();
            assertThatThrownBy(() -> chat.ask(QUESTION)).hasMessage("mine");
            assertThat(chat.history()).hasSize(before);
            chat.clear();
            assertThat(chat.ask(QUESTION)).isEqualTo("answer");
        }
    }

    @Test
    void aStrategyRunsWithoutTheSessionsLockAndTheSessionIsBusyMeanwhile() {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        try (TestModel test = model();
                ChatSession chat = chat(test)
                        .overflow((_, _) -> {
                            inside.countDown();
                            TestModel.awaitUninterrupted(gate);
                            return List.of();
                        })
                        .start()) {
            Thread asking = Thread.ofVirtual().start(() -> {
                while (gate.getCount() > 0) {
                    chat.ask(QUESTION);
                }
            });
            TestModel.awaitUninterrupted(inside);
            assertThat(chat.history()).isNotEmpty();
            assertThatThrownBy(() -> chat.send("go")).isInstanceOf(SessionBusyException.class);
            gate.countDown();
            while (asking.isAlive()) {
                Thread.onSpinWait();
            }
            assertThat(chat.history()).hasSize(2);
        }
    }
}
