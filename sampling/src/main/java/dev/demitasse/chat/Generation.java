package dev.demitasse.chat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One turn: the model's answer while it is being written. Nothing happens until its one terminal operation: iterating,
 * {@link #stream}, {@link #await()}, {@link #await(Duration)} or {@link #future()}. A second one throws
 * {@link IllegalStateException}.
 *
 * <p>The model writes on its own thread; callbacks run on the thread that awaits or iterates. Iteration does not hold
 * the model back: what is not taken yet is kept, so that an abandoned loop ends by itself and its turn enters the
 * history. {@link #cancel} and {@link #close} may be called by any thread, the rest by one.
 *
 * <p>An interrupt of the thread that waits cancels the turn and leaves the thread's interrupt flag set.
 */
public final class Generation implements Iterable<String>, AutoCloseable {
    private enum State {
        COLD,
        CONSUMED,
        /** An await gave up; the turn goes on. */
        LEFT
    }

    private final Turn turn;
    private final List<Consumer<? super Event>> listeners = new ArrayList<>();
    private State state = State.COLD;
    private @Nullable TurnOutput output;

    Generation(Turn turn) {
        this.turn = turn;
    }

    /**
     * Calls back with each piece of text, in order.
     *
     * @param listener given whole characters, never an empty piece; what it throws cancels the turn and rolls it back
     * @throws IllegalStateException after the terminal operation
     */
    public Generation onText(Consumer<? super String> listener) {
        Objects.requireNonNull(listener, "listener");
        return onEvent(event -> {
            if (event instanceof Event.Text(String text)) {
                listener.accept(text);
            }
        });
    }

    /**
     * Calls back with each event, in order; {@link Event.Done} is the last.
     *
     * @param listener what it throws cancels the turn and rolls it back
     * @throws IllegalStateException after the terminal operation
     */
    public synchronized Generation onEvent(Consumer<? super Event> listener) {
        if (state != State.COLD) {
            throw new IllegalStateException("listeners must be added before the terminal operation");
        }
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /**
     * Waits for the whole reply. A reply that was cut short is returned like any other: see {@link Reply#finish()}.
     *
     * @throws SessionBusyException if another turn of the session runs
     * @throws ContextOverflowException if the prompt does not fit
     * @throws DemitasseException if the turn failed; the session is as it was before
     */
    public Reply await() {
        TurnOutput running = consume(false);
        try {
            return drain(running, null);
        } catch (TimeoutException e) {
            throw new AssertionError("no deadline was given", e);
        }
    }

    /**
     * Waits for the whole reply, but only so long: the turn itself goes on after that, and may be awaited again. To limit
     * the turn use {@link ChatOptions.Builder#timeout}.
     *
     * @throws TimeoutException if the time is over
     */
    public Reply await(Duration atMost) throws TimeoutException {
        long deadline = System.nanoTime() + Clock.nanos(atMost);
        TurnOutput running = consume(false);
        try {
            return drain(running, deadline);
        } catch (TimeoutException expired) {
            leave();
            throw expired;
        }
    }

    /**
     * The reply as a future; callbacks run on a virtual thread of its own. Cancelling the future cancels the turn.
     */
    public CompletableFuture<Reply> future() {
        return future(task -> Thread.ofVirtual().name("demitasse-reply").start(task));
    }

    /**
     * The reply as a future. Cancelling the future cancels the turn.
     *
     * @param executor runs the callbacks, in one task that lasts as long as the turn
     */
    public CompletableFuture<Reply> future(Executor executor) {
        CompletableFuture<Reply> future = new CompletableFuture<>();
        TurnOutput running;
        try {
            running = consume(false);
        } catch (DemitasseException refused) {
            future.completeExceptionally(refused);
            return future;
        }
        var _ = future.whenComplete((_, _) -> {
            if (future.isCancelled()) {
                cancel();
            }
        });
        executor.execute(() -> {
            try {
                future.complete(drain(running, null));
            } catch (Throwable thrown) {
                future.completeExceptionally(thrown);
            }
        });
        return future;
    }

    /** The text piece by piece, whole characters only. The turn starts with the first piece; closing cancels it. */
    public Stream<String> stream() {
        Iterator<String> pieces = pieces(null);
        claim();
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(pieces, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(this::cancel);
    }

    /**
     * The text piece by piece, whole characters only. The turn starts now. The iterator waits for the model; it ends
     * early if the turn is cancelled, and throws what made the turn fail.
     */
    @Override
    public Iterator<String> iterator() {
        return pieces(consume(true));
    }

    /** Ends the turn soon: it keeps the text it has, as {@link Finish#CANCELLED}. No effect after the end. */
    public void cancel() {
        turn.cancel();
    }

    /** {@link #cancel Cancels}. */
    @Override
    public void close() {
        cancel();
    }

    private synchronized void claim() {
        if (state == State.CONSUMED) {
            throw new IllegalStateException(
                    "a Generation has one terminal operation, as a stream does; send(...) again for another reply");
        }
        state = State.CONSUMED;
    }

    private synchronized void leave() {
        state = State.LEFT;
    }

    private TurnOutput consume(boolean settledByProducer) {
        claim();
        return start(settledByProducer);
    }

    private synchronized TurnOutput start(boolean settledByProducer) {
        if (output == null) {
            TurnOutput started = new TurnOutput(turn, settledByProducer, !listeners.isEmpty());
            turn.start(started);
            output = started;
        }
        return output;
    }

    private Reply drain(TurnOutput running, @Nullable Long deadline) throws TimeoutException {
        for (Event event = running.take(deadline); event != null; event = running.take(deadline)) {
            tell(running, event);
        }
        Reply reply = running.outcome().reply();
        tell(running, new Event.Done(reply));
        running.settle();
        return reply;
    }

    private void tell(TurnOutput running, Event event) {
        try {
            for (Consumer<? super Event> listener : listeners) {
                listener.accept(event);
            }
        } catch (Throwable thrown) {
            abandon(running);
            throw thrown;
        }
    }

    /** Waits until the model has let go of the turn, so that the session can be used when the failure arrives. */
    private void abandon(TurnOutput running) {
        running.rollBack();
        cancel();
        try {
            while (running.take(null) != null) {
                // What comes after a failed callback has nowhere to go.
            }
        } catch (TimeoutException e) {
            throw new AssertionError("no deadline was given", e);
        }
        running.settle();
    }

    private Iterator<String> pieces(@Nullable TurnOutput started) {
        return new Iterator<>() {
            private @Nullable TurnOutput running = started;
            private @Nullable String next;
            private boolean ended;

            @Override
            public boolean hasNext() {
                if (next == null && !ended) {
                    advance();
                }
                return next != null;
            }

            @Override
            public String next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("the reply has ended");
                }
                String piece = Objects.requireNonNull(next);
                next = null;
                return piece;
            }

            private void advance() {
                if (running == null) {
                    running = start(true);
                }
                next = nextText(running);
                ended = next == null;
            }
        };
    }

    private @Nullable String nextText(TurnOutput running) {
        try {
            for (Event event = running.take(null); event != null; event = running.take(null)) {
                tell(running, event);
                if (event instanceof Event.Text(String text)) {
                    return text;
                }
            }
        } catch (TimeoutException e) {
            throw new AssertionError("no deadline was given", e);
        }
        tell(running, new Event.Done(running.outcome().reply()));
        return null;
    }
}
