package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GenerationTest {
    private static final String CJK = "床前明月光，😀 疑是地上霜";

    @Test
    void piecesJoinToTheReplyAndNeverSplitACharacter() {
        try (var model = TestModel.replying(CJK);
                var chat = model.chat()) {
            List<String> pieces = new ArrayList<>();
            for (String piece : chat.send("写诗")) {
                pieces.add(piece);
            }
            assertThat(String.join("", pieces)).isEqualTo(CJK);
            assertThat(pieces)
                    .hasSize((int) CJK.codePoints().count())
                    .allSatisfy(
                            piece -> assertThat(piece).doesNotContain("\uFFFD").isNotEmpty());
            assertThat(chat.history().getLast().content()).isEqualTo(CJK);
        }
    }

    @Test
    void callbacksSeeTheSamePiecesAsTheReply() {
        try (var model = TestModel.replying(CJK);
                var chat = model.chat()) {
            StringBuilder text = new StringBuilder();
            List<Event> events = new ArrayList<>();
            Reply reply =
                    chat.send("写诗").onText(text::append).onEvent(events::add).await();
            assertThat(text).hasToString(CJK);
            assertThat(reply.text()).isEqualTo(CJK);
            assertThat(events.getFirst()).isInstanceOf(Event.Prefill.class);
            assertThat(events.getLast()).isEqualTo(new Event.Done(reply));
        }
    }

    @Test
    void prefillProgressEndsAtThePromptsLength() {
        try (var model = TestModel.replying("x");
                var chat = model.chat()) {
            model.engine.maxTokens = 8;
            List<Event.Prefill> progress = new ArrayList<>();
            Reply reply = chat.send("a question of some length")
                    .onEvent(event -> {
                        if (event instanceof Event.Prefill prefill) {
                            progress.add(prefill);
                        }
                    })
                    .await();
            int total = reply.usage().promptTokens();
            assertThat(progress).hasSize((total + 7) / 8);
            assertThat(progress.getLast()).isEqualTo(new Event.Prefill(total, total));
        }
    }

    @Test
    void aStopStringAcrossTokensIsFoundAndNeverLeaked() {
        try (var model = TestModel.replying("one END! two");
                var chat = model.chat()) {
            List<String> pieces = new ArrayList<>();
            Reply reply =
                    chat.send("go", o -> o.stop("END!")).onText(pieces::add).await();
            assertThat(reply.finish()).isEqualTo(Finish.STOP_STRING);
            assertThat(reply.text()).isEqualTo("one ");
            assertThat(String.join("", pieces)).isEqualTo("one ");
        }
    }

    @Test
    void whatOnlyBeganLikeAStopStringIsGivenOut() {
        try (var model = TestModel.replying("EN ENDING EN");
                var chat = model.chat()) {
            assertThat(chat.send("go", o -> o.stop("END!", "ENX")).await().text())
                    .isEqualTo("EN ENDING EN");
        }
    }

    @Test
    void aChineseStopStringIsFound() {
        try (var model = TestModel.replying("好的。再见。");
                var chat = model.chat()) {
            assertThat(chat.send("go", o -> o.stop("再见")).await().text()).isEqualTo("好的。");
        }
    }

    @Test
    void aCharacterCutOffByTheLimitIsLeftOut() {
        try (var model = TestModel.replying("月光");
                var chat = model.chat()) {
            Reply reply = chat.send("go", o -> o.maxTokens(5)).await();
            assertThat(reply.text()).isEqualTo("月");
            assertThat(chat.ask("go")).isEqualTo("月光");
        }
    }

    @Test
    void aStreamIsLazyAndClosingItCancels() {
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            Stream<String> stream = chat.send("go").stream();
            assertThat(model.engine.passes).isEmpty();
            try (stream) {
                assertThat(stream.limit(3).toList()).containsExactly("x", "x", "x");
            }
            awaitIdle(chat);
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void anAbandonedLoopEndsByItselfAndEntersTheHistory() {
        try (var model = TestModel.replying("abcdef");
                var chat = model.chat()) {
            Iterator<String> pieces = chat.send("go").iterator();
            assertThat(pieces.next()).isEqualTo("a");
            awaitIdle(chat);
            assertThat(chat.history().getLast().content()).isEqualTo("abcdef");
        }
    }

    @Test
    void aSecondTerminalOperationIsRefused() {
        try (var model = TestModel.replying("x");
                var chat = model.chat()) {
            Generation turn = chat.send("go");
            turn.await();
            assertThatThrownBy(turn::await).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(turn::iterator).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> turn.onText(_ -> {})).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void nothingRunsBeforeTheTerminalOperation() {
        try (var model = TestModel.replying("x");
                var chat = model.chat()) {
            Generation first = chat.send("one");
            Generation second = chat.send("two");
            assertThat(model.engine.passes).isEmpty();
            second.await();
            first.await();
            assertThat(chat.history().stream().map(Message::content)).containsExactly("two", "x", "one", "x");
        }
    }

    @Test
    void cancelFromACallbackKeepsTheTextSoFar() {
        try (var model = TestModel.replying("x".repeat(400)).slowly();
                var chat = model.chat()) {
            Generation turn = chat.send("go");
            Reply reply = turn.onText(_ -> turn.cancel()).await();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
            assertThat(reply.text()).matches("x+").hasSizeLessThan(400);
            assertThat(chat.history().getLast().content()).isEqualTo(reply.text());
            assertThat(chat.send("again", o -> o.maxTokens(2)).await().text()).isEqualTo("xx");
        }
    }

    /** In prefill and in decoding, before each layer of each pass. */
    @Test
    void aTurnCancelledAtAnyPointEndsThereAndLeavesAUsableSession() {
        for (int point = 0; point < 6 * FakeEngine.LAYERS; point++) {
            try (var model = TestModel.replying("abcdefgh");
                    var chat = model.chat()) {
                model.engine.maxTokens = 16;
                Generation turn = chat.send("a question of three blocks or so");
                int[] layersLeft = {point};
                model.engine.beforeLayer = _ -> {
                    if (layersLeft[0]-- == 0) {
                        turn.cancel();
                    }
                };
                Reply reply = turn.await();
                assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
                assertThat("abcdefgh").startsWith(reply.text());
                assertThat(chat.history()).hasSize(2);
                chat.rewind(2);
                assertThat(chat.ask("a question of three blocks or more")).isEqualTo("abcdefgh");
            }
        }
    }

    @Test
    void aTurnCancelledBeforeItBeganComputesNothing() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            Generation turn = chat.send("go");
            turn.close();
            Reply reply = turn.await();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
            assertThat(reply.text()).isEmpty();
            assertThat(reply.usage().completionTokens()).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void aTimeoutEndsTheTurnWithWhatThereIs() {
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            model.engine.beforeLayer = _ -> LockSupport.parkNanos(1_000_000);
            Reply reply = chat.send("go", o -> o.timeout(Duration.ofMillis(40))).await();
            assertThat(reply.finish()).isEqualTo(Finish.TIMEOUT);
            assertThat(reply.text().length()).isLessThan(400);
            assertThatThrownBy(() -> chat.ask("go", o -> o.timeout(Duration.ofMillis(40))))
                    .isInstanceOf(IncompleteReplyException.class);
        }
    }

    @Test
    void anInterruptCancelsTheTurnAndStaysSet() {
        try (var model = TestModel.replying("x".repeat(400)).slowly();
                var chat = model.chat()) {
            Thread waiting = Thread.currentThread();
            Reply reply = chat.send("go")
                    .onEvent(event -> {
                        if (event instanceof Event.Text) {
                            waiting.interrupt();
                        }
                    })
                    .await();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void anAwaitThatGivesUpCancelsNothingAndMayBeRepeated() throws TimeoutException {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            model.holdAt(gate);
            Generation turn = chat.send("go");
            assertThatThrownBy(() -> turn.await(Duration.ofMillis(20))).isInstanceOf(TimeoutException.class);
            gate.countDown();
            assertThat(turn.await(Duration.ofSeconds(20)).text()).isEqualTo("abc");
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void anAwaitThatGaveUpForGoodLeavesTheTurnToEndByItself() {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            model.holdAt(gate);
            Generation turn = chat.send("go");
            assertThatThrownBy(() -> turn.await(Duration.ofMillis(20))).isInstanceOf(TimeoutException.class);
            gate.countDown();
            awaitIdle(chat);
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void aFailingCallbackRollsTheTurnBack() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            assertThatThrownBy(() -> chat.send("go")
                            .onText(_ -> {
                                throw new UnsupportedOperationException("mine");
                            })
                            .await())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("mine");
            assertThat(chat.history()).isEmpty();
            assertThat(chat.ask("go")).isEqualTo("abc");
        }
    }

    @Test
    void aFailureOfTheEngineRollsTheTurnBack() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            model.engine.beforeLayer = _ -> {
                throw new IllegalStateException("broken");
            };
            assertThatThrownBy(() -> chat.ask("go")).hasMessage("broken");
            model.engine.beforeLayer = _ -> {};
            assertThat(chat.history()).isEmpty();
            assertThat(chat.ask("go")).isEqualTo("abc");
        }
    }

    @Test
    void noMemoryForATurnIsATypedFailureOfThatTurnOnly() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            model.engine.beforeLayer = _ -> {
                throw new OutOfMemoryError("pages");
            };
            assertThatThrownBy(() -> chat.ask("go")).isInstanceOf(ModelBusyException.class);
            model.engine.beforeLayer = _ -> {};
            assertThat(chat.ask("go")).isEqualTo("abc");
        }
    }

    @Test
    void aSamplerOfTheApplicationIsUsedAndChecked() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            assertThat(chat.send("go", o -> o.sampler(() -> (_, _) -> 'z').maxTokens(3))
                            .await()
                            .text())
                    .isEqualTo("zzz");
            assertThatThrownBy(() -> chat.ask("go", o -> o.sampler(() -> (_, _) -> 100_000)))
                    .isInstanceOf(DemitasseException.class)
                    .hasMessageContaining("100000");
        }
    }

    @Test
    void aFutureCompletesWithTheReply() throws Exception {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            StringBuilder text = new StringBuilder();
            Reply reply = chat.send("go").onText(text::append).future().get(20, TimeUnit.SECONDS);
            assertThat(reply.text()).isEqualTo("abc");
            assertThat(text).hasToString("abc");
        }
    }

    @Test
    void cancellingTheFutureCancelsTheTurn() {
        CountDownLatch gate = new CountDownLatch(1);
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            CountDownLatch held = model.holdAt(gate);
            CompletableFuture<Reply> future = chat.send("go").future();
            TestModel.awaitUninterrupted(held);
            future.cancel(true);
            gate.countDown();
            awaitIdle(chat);
            assertThat(String.valueOf(chat.history().getLast().content()).length())
                    .isLessThan(400);
        }
    }

    @Test
    void aFutureOfARefusedTurnFails() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            Generation turn = chat.send("go");
            model.model.close();
            assertThatThrownBy(() -> turn.future().get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ModelClosedException.class);
        }
    }

    /** Waits, as an application would, for a turn that nobody awaits. */
    private static void awaitIdle(ChatSession chat) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < deadline) {
            try {
                chat.rewind(0);
                return;
            } catch (SessionBusyException _) {
                Thread.onSpinWait();
            }
        }
        throw new AssertionError("still busy after 20 seconds");
    }
}
