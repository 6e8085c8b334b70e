package dev.demitasse.chat;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** The text of one turn for one subscriber, by the rules of Reactive Streams. */
final class TextPublisher implements Flow.Publisher<String> {
    private final Generation generation;
    private final Executor executor;
    private final AtomicBoolean subscribed = new AtomicBoolean();

    TextPublisher(Generation generation, Executor executor) {
        this.generation = generation;
        this.executor = executor;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super String> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        if (subscribed.getAndSet(true)) {
            refuse(
                    subscriber,
                    new IllegalStateException("a Generation has one subscriber; send(...) again for another"));
            return;
        }
        try {
            executor.execute(() -> run(subscriber));
        } catch (RejectedExecutionException rejected) {
            refuse(subscriber, rejected);
        }
    }

    private void run(Flow.Subscriber<? super String> subscriber) {
        TurnReader reader;
        try {
            reader = generation.start(Consumption.ON_DEMAND);
        } catch (DemitasseException refused) {
            refuse(subscriber, refused);
            return;
        }
        new TextSubscription(reader, generation::cancel, subscriber).run();
    }

    private static void refuse(Flow.Subscriber<? super String> subscriber, Throwable reason) {
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                // There will never be anything.
            }

            @Override
            public void cancel() {
                // There is nothing to cancel.
            }
        });
        subscriber.onError(reason);
    }
}
