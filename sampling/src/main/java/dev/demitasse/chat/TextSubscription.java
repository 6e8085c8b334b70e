package dev.demitasse.chat;

import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands the pieces of a turn to a subscriber as it asks for them. One thread runs it from beginning to end: with a piece
 * in hand it waits for a request, without one for the model. Requests come from any thread.
 */
final class TextSubscription implements Flow.Subscription {
    private final TurnReader reader;
    private final Runnable cancelTurn;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Null once the subscription is cancelled or has ended: the publisher forgets its subscriber (rule 3.13). */
    private Flow.@Nullable Subscriber<? super String> subscriber;

    private long requested;
    private @Nullable Throwable broken;

    TextSubscription(TurnReader reader, Runnable cancelTurn, Flow.Subscriber<? super String> subscriber) {
        this.reader = reader;
        this.cancelTurn = cancelTurn;
        this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            breakOff(new IllegalArgumentException(
                    "request(" + n + "): a subscriber must ask for at least 1 piece (Reactive Streams, rule 3.9)"));
            return;
        }
        lock.lock();
        try {
            requested = n > Long.MAX_VALUE - requested ? Long.MAX_VALUE : requested + n;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel() {
        // The turn first: whoever reads on without a subscriber would let the model write more.
        cancelTurn.run();
        release();
    }

    /** Ends the turn; the subscriber will be told why. */
    private void breakOff(Throwable reason) {
        cancelTurn.run();
        lock.lock();
        try {
            broken = broken == null ? reason : broken;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Delivers everything, on the calling thread. */
    void run() {
        tell(receiver -> receiver.onSubscribe(this));
        Throwable failure = null;
        try {
            for (String next = reader.nextText(); next != null; next = reader.nextText()) {
                String piece = next;
                if (awaitRequest()) {
                    tell(receiver -> receiver.onNext(piece));
                }
            }
            reader.finish();
        } catch (Throwable thrown) {
            failure = thrown;
        }
        end(failure);
    }

    private void end(@Nullable Throwable failure) {
        Throwable reason = breakReason();
        Throwable told = reason == null ? failure : reason;
        tell(receiver -> {
            release();
            if (told == null) {
                receiver.onComplete();
            } else {
                receiver.onError(told);
            }
        });
    }

    private void tell(Consumer<Flow.Subscriber<? super String>> signal) {
        Flow.Subscriber<? super String> receiver = subscriber();
        if (receiver == null) {
            return;
        }
        try {
            signal.accept(receiver);
        } catch (Throwable thrown) {
            // Rule 2.13: a subscriber must not throw. Its subscription counts as cancelled, and it is told nothing
            // more.
            reader.rollBack();
            cancel();
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        }
    }

    /** Waits until a piece is wanted; false if none will be any more. */
    private boolean awaitRequest() {
        lock.lock();
        try {
            while (requested == 0 && subscriber != null && broken == null) {
                changed.await();
            }
            if (subscriber == null || broken != null) {
                return false;
            }
            requested--;
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            breakOff(new CancellationException("the thread that delivers was interrupted"));
            return false;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Throwable breakReason() {
        lock.lock();
        try {
            return broken;
        } finally {
            lock.unlock();
        }
    }

    private Flow.@Nullable Subscriber<? super String> subscriber() {
        lock.lock();
        try {
            return subscriber;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the subscriber. */
    private void release() {
        lock.lock();
        try {
            subscriber = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
