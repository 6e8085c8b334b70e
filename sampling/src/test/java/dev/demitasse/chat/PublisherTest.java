package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PublisherTest {
    private static final String CJK = "床前明月光，😀 疑是地上霜";

    /** Collects what it is given; asks for nothing by itself. */
    private static class Collector implements Flow.Subscriber<String> {
        final List<String> pieces = new CopyOnWriteArrayList<>();
        final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        final CompletableFuture<String> end = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(String piece) {
            pieces.add(piece);
        }

        @Override
        public void onError(Throwable thrown) {
            end.completeExceptionally(thrown);
        }

        @Override
        public void onComplete() {
            end.complete(String.join("", pieces));
        }

        void request(long n) {
            subscription.join().request(n);
        }

        @Nullable
        Throwable failure() {
            return end.handle((_, thrown) -> thrown)
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
        }

        String text() {
            return end.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private static Collector subscribe(Generation turn) {
        Collector collector = new Collector();
        turn.publisher().subscribe(collector);
        return collector;
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited for 20 seconds");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static boolean isIdle(ChatSession chat) {
        try {
            chat.rewind(0);
            return true;
        } catch (SessionBusyException _) {
            return false;
        }
    }

    @Test
    void piecesAreWholeCharactersAndTheTurnEntersTheHistory() {
        try (var model = TestModel.replying(CJK);
                var chat = model.chat()) {
            List<Reply> replies = new ArrayList<>();
            Collector collector = subscribe(chat.send("写诗").onEvent(event -> {
                if (event instanceof Event.Done(Reply reply)) {
                    replies.add(reply);
                }
            }));
            collector.request(Long.MAX_VALUE);
            assertThat(collector.text()).isEqualTo(CJK);
            assertThat(collector.pieces).hasSize((int) CJK.codePoints().count());
            assertThat(replies).singleElement().extracting(Reply::text).isEqualTo(CJK);
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void nothingRunsBeforeTheSubscription() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            var _ = chat.send("go").publisher();
            assertThat(chat.ask("other")).isEqualTo("abc");
        }
    }

    @Test
    void theModelWritesLittleMoreThanWasRequested() {
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            Collector collector = subscribe(chat.send("go"));
            collector.request(5);
            await(() -> collector.pieces.size() == 5);
            // one piece in the subscription's hand, eight in the buffer, and the pass that filled it
            await(() -> model.engine.passes.size() >= 5 + 8);
            LockSupport.parkNanos(50_000_000);
            assertThat(model.engine.passes).hasSizeLessThanOrEqualTo(5 + 10);
            collector.request(Long.MAX_VALUE);
            assertThat(collector.text()).hasSize(400);
        }
    }

    @Test
    void aTurnThatPausesDoesNotHoldUpOthers() {
        try (var model = TestModel.replying("x".repeat(100));
                var chat = model.chat();
                var other = model.chat()) {
            Collector collector = subscribe(chat.send("go"));
            collector.request(1);
            await(() -> collector.pieces.size() == 1);
            assertThat(other.ask("quick")).hasSize(100);
            assertThat(collector.pieces).hasSize(1);
            collector.request(200);
            assertThat(collector.text()).hasSize(100);
        }
    }

    @Test
    void aPausingTurnStillRunsOutOfTime() {
        try (var model = TestModel.replying("x".repeat(100));
                var chat = model.chat()) {
            model.slowly();
            Collector collector = subscribe(chat.send("go", o -> o.timeout(Duration.ofMillis(50))));
            // It pauses for want of a request, or never came to its first token: its time runs out in both cases.
            collector.subscription.join();
            LockSupport.parkNanos(300_000_000);
            collector.request(Long.MAX_VALUE);
            assertThat(collector.text()).hasSizeLessThanOrEqualTo(20);
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void cancellingTheSubscriptionCancelsAPausingTurnAndKeepsItsText() {
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            Collector collector = subscribe(chat.send("go"));
            collector.request(2);
            await(() -> collector.pieces.size() == 2);
            collector.subscription.join().cancel();
            await(() -> isIdle(chat));
            assertThat(String.valueOf(chat.history().getLast().content())).matches("x{2,20}");
            assertThat(collector.end).isNotDone();
            assertThat(chat.send("again", o -> o.maxTokens(2)).await().text()).isEqualTo("xx");
        }
    }

    @Test
    void cancellingTheTurnEndsTheTextEarly() {
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            Generation turn = chat.send("go");
            Collector collector = subscribe(turn);
            collector.request(2);
            await(() -> collector.pieces.size() == 2);
            turn.cancel();
            collector.request(Long.MAX_VALUE);
            assertThat(collector.text()).matches("x{2,20}");
        }
    }

    @Test
    void closingTheSessionEndsAPausingTurn() {
        try (var model = TestModel.replying("x".repeat(400))) {
            ChatSession chat = model.chat();
            Collector collector = subscribe(chat.send("go"));
            collector.request(1);
            await(() -> collector.pieces.size() == 1);
            chat.close();
            collector.request(Long.MAX_VALUE);
            assertThat(collector.text()).matches("x{1,20}");
            assertThat(model.engine.openCaches()).isZero();
        }
    }

    @Test
    void aSubscriberThatThrowsTakesTheTurnBack() {
        CompletableFuture<Throwable> uncaught = new CompletableFuture<>();
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> Thread.ofPlatform()
                .uncaughtExceptionHandler((_, thrown) -> uncaught.complete(thrown))
                .unstarted(task));
        try (executor;
                var model = TestModel.replying("abc");
                var chat = model.chat()) {
            Collector collector = new Collector() {
                @Override
                public void onNext(String piece) {
                    throw new UnsupportedOperationException("mine");
                }
            };
            chat.send("go").publisher(executor).subscribe(collector);
            collector.request(1);
            assertThat(uncaught.orTimeout(20, TimeUnit.SECONDS).join()).hasMessage("mine");
            await(() -> isIdle(chat));
            assertThat(chat.history()).isEmpty();
            assertThat(collector.end).isNotDone();
        }
    }

    @Test
    void aRequestForNothingIsAnError() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            Collector collector = subscribe(chat.send("go"));
            collector.request(0);
            assertThat(collector.failure())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3.9");
            await(() -> isIdle(chat));
        }
    }

    @Test
    void aSecondSubscriberIsRefused() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            var publisher = chat.send("go").publisher();
            Collector first = new Collector();
            Collector second = new Collector();
            publisher.subscribe(first);
            publisher.subscribe(second);
            assertThat(second.failure()).isInstanceOf(IllegalStateException.class);
            first.request(10);
            assertThat(first.text()).isEqualTo("abc");
        }
    }

    @Test
    void aRefusedTurnIsAnError() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            Generation turn = chat.send("go");
            model.model.close();
            assertThat(subscribe(turn).failure()).isInstanceOf(ModelClosedException.class);
        }
    }

    @Test
    void aFailingTurnIsAnError() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            model.engine.beforeLayer = _ -> {
                throw new IllegalStateException("broken");
            };
            assertThat(subscribe(chat.send("go")).failure()).hasMessage("broken");
            assertThat(chat.history()).isEmpty();
        }
    }

    @Test
    void anInterruptOfTheDeliveringThreadCancels() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (var model = TestModel.replying("x".repeat(400));
                var chat = model.chat()) {
            Collector collector = new Collector();
            chat.send("go").publisher(executor).subscribe(collector);
            collector.request(1);
            await(() -> collector.pieces.size() == 1);
            executor.shutdownNow();
            assertThat(collector.failure()).isInstanceOf(CancellationException.class);
            assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(isIdle(chat)).isTrue();
        }
    }

    @Test
    void anExecutorThatRefusesLeavesTheSessionFree() {
        try (var model = TestModel.replying("abc");
                var chat = model.chat()) {
            Collector collector = new Collector();
            chat.send("go").publisher(PublisherTest::refuse).subscribe(collector);
            assertThat(collector.failure()).isInstanceOf(RejectedExecutionException.class);
            assertThatThrownBy(
                            () -> chat.send("go").future(PublisherTest::refuse).join())
                    .hasCauseInstanceOf(RejectedExecutionException.class);
            assertThat(chat.history()).isEmpty();
            assertThat(chat.ask("go")).isEqualTo("abc");
        }
    }

    private static void refuse(Runnable task) {
        throw new RejectedExecutionException("full");
    }

    @Test
    void manySubscribersOfOneModelAllGetTheirText() {
        try (var model = TestModel.replying(CJK)) {
            CountDownLatch done = new CountDownLatch(50);
            List<ChatSession> chats = new ArrayList<>();
            List<Collector> collectors = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                ChatSession chat = model.chat();
                chats.add(chat);
                Collector oneByOne = new Collector() {
                    @Override
                    public void onSubscribe(Flow.Subscription given) {
                        super.onSubscribe(given);
                        given.request(1);
                    }

                    @Override
                    public void onNext(String piece) {
                        super.onNext(piece);
                        subscription.join().request(1);
                    }

                    @Override
                    public void onComplete() {
                        super.onComplete();
                        done.countDown();
                    }
                };
                collectors.add(oneByOne);
                chat.send("go").publisher().subscribe(oneByOne);
            }
            TestModel.awaitUninterrupted(done);
            assertThat(collectors)
                    .allSatisfy(collector -> assertThat(collector.text()).isEqualTo(CJK));
            chats.forEach(ChatSession::close);
        }
    }
}
