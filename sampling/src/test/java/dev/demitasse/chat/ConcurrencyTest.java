package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConcurrencyTest {
    @Test
    void aSecondTurnOfABusySessionIsRefused() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            CountDownLatch held = model.holdAt(gate);
            Generation prepared = chat.send("later");
            CompletableFuture<Reply> running = chat.send("go").future();
            TestModel.awaitUninterrupted(held);
            assertThatThrownBy(() -> chat.send("go")).isInstanceOf(SessionBusyException.class);
            assertThatThrownBy(prepared::await).isInstanceOf(SessionBusyException.class);
            assertThatThrownBy(chat::clear).isInstanceOf(SessionBusyException.class);
            gate.countDown();
            assertThat(running.get(20, TimeUnit.SECONDS).text()).isEqualTo("abc");
        }
    }

    @Test
    void aSessionIsBusyUntilItsCallbacksAreDone() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            List<Throwable> thrown = new ArrayList<>();
            chat.send("go")
                    .onText(_ -> {
                        try {
                            chat.ask("inside");
                        } catch (SessionBusyException e) {
                            thrown.add(e);
                        }
                    })
                    .await();
            assertThat(thrown).hasSize(3);
        }
    }

    @Test
    void anotherSessionMayBeUsedInsideACallback() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat();
                var other = model.chat()) {
            List<String> answers = new ArrayList<>();
            chat.send("go").onText(_ -> answers.add(other.ask("inside"))).await();
            assertThat(answers).containsExactly("abc", "abc", "abc");
        }
    }

    @Test
    void aSlowCallbackDoesNotHoldUpOthers() throws Exception {
        CountDownLatch otherIsDone = new CountDownLatch(1);
        try (var model = TestModel.replying("abc");
                var slow = model.chat();
                var quick = model.chat()) {
            CompletableFuture<Reply> waiting = slow.send("go")
                    .onText(_ -> TestModel.awaitUninterrupted(otherIsDone))
                    .future();
            assertThat(quick.ask("go")).isEqualTo("abc");
            otherIsDone.countDown();
            assertThat(waiting.get(20, TimeUnit.SECONDS).text()).isEqualTo("abc");
        }
    }

    @Test
    void manySessionsOnVirtualThreadsGetTheirOwnAnswers() throws Exception {
        try (var model = TestModel.replying("one", "twö", "三");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<String>>> conversations = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int id = i;
                conversations.add(threads.submit(() -> {
                    try (var chat = model.chat()) {
                        return List.of(chat.ask("q" + id), chat.ask("r" + id), chat.ask("s" + id));
                    }
                }));
            }
            for (Future<List<String>> conversation : conversations) {
                assertThat(conversation.get(60, TimeUnit.SECONDS)).containsExactly("one", "twö", "三");
            }
        }
    }

    @Test
    void sessionsThatDecodeTogetherShareThePass() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("abcdefgh");
                var first = model.chat();
                var second = model.chat()) {
            CountDownLatch held = model.holdAt(gate);
            CompletableFuture<Reply> one = first.send("go").future();
            TestModel.awaitUninterrupted(held);
            CompletableFuture<Reply> two = second.send("go").future();
            gate.countDown();
            one.get(20, TimeUnit.SECONDS);
            two.get(20, TimeUnit.SECONDS);
            assertThat(model.engine.passes).contains(List.of(1, 1));
        }
    }

    @Test
    void aLongPromptDoesNotStopTheDecodingOfOthers() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.withContext(4096, "x".repeat(200));
                var decoding = model.chat();
                var reading = model.chat()) {
            CountDownLatch held = model.holdAt(gate);
            CompletableFuture<Reply> reply = decoding.send("go").future();
            TestModel.awaitUninterrupted(held);
            CompletableFuture<Reply> later = reading.send("y".repeat(1000)).future();
            gate.countDown();
            reply.get(20, TimeUnit.SECONDS);
            later.get(20, TimeUnit.SECONDS);
            assertThat(model.engine.passes)
                    .anySatisfy(spans -> assertThat(spans).hasSize(2).contains(1, 32));
        }
    }

    @Test
    void morePromptsThanFitOnePassAllGetTheirTurn() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("ab")) {
            model.engine.maxTokens = 4;
            CountDownLatch held = model.holdAt(gate);
            List<ChatSession> chats = new ArrayList<>();
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                ChatSession chat = model.chat();
                chats.add(chat);
                replies.add(chat.send("question " + i).future());
            }
            TestModel.awaitUninterrupted(held);
            gate.countDown();
            for (CompletableFuture<Reply> reply : replies) {
                assertThat(reply.get(20, TimeUnit.SECONDS).text()).isEqualTo("ab");
            }
            chats.forEach(ChatSession::close);
        }
    }

    @Test
    void oneFailingSequenceDoesNotEndTheOthers() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("abcdefgh");
                var good = model.chat();
                var bad = model.chat()) {
            CountDownLatch held = model.holdAt(gate);
            CompletableFuture<Reply> one = good.send("go").future();
            TestModel.awaitUninterrupted(held);
            CompletableFuture<Reply> two = bad.send(
                            "go",
                            o -> o.sampler(() -> (_, _) -> {
                                throw new UnsupportedOperationException("mine");
                            }))
                    .future();
            gate.countDown();
            assertThat(one.get(20, TimeUnit.SECONDS).text()).isEqualTo("abcdefgh");
            assertThatThrownBy(() -> two.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseMessage("mine");
        }
    }

    @Test
    void closingTheModelEndsRunningTurnsWithATypedError() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            CountDownLatch held = model.holdAt(gate);
            CompletableFuture<Reply> running = chat.send("go").future();
            TestModel.awaitUninterrupted(held);
            Thread closing = Thread.ofPlatform().start(model::close);
            while (!model.model.scheduler().isClosed()) {
                Thread.onSpinWait();
            }
            gate.countDown();
            assertThatThrownBy(() -> running.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ModelClosedException.class);
            closing.join();
            assertThat(model.engine.closed).isTrue();
            assertThat(chat.history()).isEmpty();
            assertThatThrownBy(() -> chat.ask("go")).isInstanceOf(ModelClosedException.class);
            assertThatThrownBy(model::chat).isInstanceOf(ModelClosedException.class);
        }
    }

    @Test
    void turnsBeginInTheOrderInWhichTheyCame() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Limits one = new Limits(1, Integer.MAX_VALUE, Limits.DEFAULT_MAX_WAIT, 0);
        try (var model = TestModel.withLimits(TestModel.CONTEXT, one, "abc")) {
            CountDownLatch held = model.holdAt(gate);
            List<Integer> order = new CopyOnWriteArrayList<>();
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int number = i;
                replies.add(model.chat()
                        .send(
                                "go",
                                o -> o.sampler(() -> (logits, _) -> {
                                    order.add(number);
                                    return TestLanguage.IM_END;
                                }))
                        .future());
            }
            TestModel.awaitUninterrupted(held);
            assertThat(model.model.stats().runningTurns()).isEqualTo(1);
            assertThat(model.model.stats().waitingTurns()).isEqualTo(19);
            gate.countDown();
            for (CompletableFuture<Reply> reply : replies) {
                reply.get(20, TimeUnit.SECONDS);
            }
            assertThat(order).hasSize(20).isSorted();
        }
    }

    @Test
    void moreTurnsThanMayWaitAreRefusedAtOnce() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Limits few = new Limits(1, 3, Limits.DEFAULT_MAX_WAIT, 0);
        try (var model = TestModel.withLimits(TestModel.CONTEXT, few, "abc")) {
            CountDownLatch held = model.holdAt(gate);
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            replies.add(model.chat().send("go").future());
            TestModel.awaitUninterrupted(held);
            for (int i = 0; i < 3; i++) {
                replies.add(model.chat().send("go").future());
            }
            try (ChatSession refused = model.chat()) {
                assertThatThrownBy(() -> refused.ask("go"))
                        .isInstanceOf(ModelBusyException.class)
                        .hasMessageContaining("3 turns wait");
                gate.countDown();
                for (CompletableFuture<Reply> reply : replies) {
                    assertThat(reply.get(20, TimeUnit.SECONDS).text()).isEqualTo("abc");
                }
                assertThat(refused.ask("go")).isEqualTo("abc");
            }
        }
    }

    @Test
    void closingTheModelEndsTurnsThatWaitToo() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Limits one = new Limits(1, Integer.MAX_VALUE, Limits.DEFAULT_MAX_WAIT, 0);
        TestModel model = TestModel.withLimits(TestModel.CONTEXT, one, "abc");
        CountDownLatch held = model.holdAt(gate);
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            replies.add(model.chat().send("go").future());
        }
        TestModel.awaitUninterrupted(held);
        Thread closing = Thread.ofPlatform().start(model::close);
        while (!model.model.scheduler().isClosed()) {
            Thread.onSpinWait();
        }
        gate.countDown();
        for (CompletableFuture<Reply> reply : replies) {
            assertThatThrownBy(() -> reply.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(ModelClosedException.class);
        }
        closing.join();
        assertThat(model.engine.kvBytes()).isZero();
    }

    @Test
    void whenNotAllFitAPassEachGetsItsShare() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("x".repeat(60))) {
            CountDownLatch held = model.holdAt(gate);
            List<Integer> drawn = new CopyOnWriteArrayList<>();
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int number = i;
                replies.add(model.chat()
                        .send(
                                "go",
                                o -> o.maxTokens(50).sampler(() -> (logits, _) -> {
                                    drawn.add(number);
                                    if (Set.copyOf(drawn).size() == 20) {
                                        model.engine.maxTokens = 4;
                                    }
                                    return 'x';
                                }))
                        .future());
            }
            TestModel.awaitUninterrupted(held);
            gate.countDown();
            for (CompletableFuture<Reply> reply : replies) {
                reply.get(20, TimeUnit.SECONDS);
            }
            // While all are writing nobody waits for more than a round of the others.
            List<Integer> middle = drawn.subList(drawn.size() / 3, drawn.size() * 2 / 3);
            for (int i = 0; i + 24 <= middle.size(); i++) {
                assertThat(Set.copyOf(middle.subList(i, i + 24))).hasSize(20);
            }
        }
    }

    @Test
    void promptsAreReadWhileAsManyWriteAsAPassTakes() throws Exception {
        try (var model = TestModel.replying("x".repeat(200));
                ChatSession last = model.chat()) {
            model.slowly();
            model.engine.maxTokens = 4;
            List<CompletableFuture<Reply>> writing = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                writing.add(model.chat().send("go").future());
            }
            last.send("go", o -> o.maxTokens(1)).await();
            assertThat(writing).noneMatch(CompletableFuture::isDone);
            writing.forEach(reply -> reply.cancel(true));
        }
    }

    @Test
    void closingASessionCancelsItsTurn() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("x".repeat(400))) {
            ChatSession chat = model.chat();
            CountDownLatch held = model.holdAt(gate);
            CompletableFuture<Reply> running = chat.send("go").future();
            TestModel.awaitUninterrupted(held);
            chat.close();
            gate.countDown();
            assertThat(running.get(20, TimeUnit.SECONDS).finish()).isEqualTo(Finish.CANCELLED);
        }
    }
}
