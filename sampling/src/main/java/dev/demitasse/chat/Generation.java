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
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One turn: the model's answer while it is being written. Nothing happens until its one terminal operation: iterating,
 * {@link #stream}, {@link #await()}, {@link #await(Duration)}, {@link #future()} or {@link #publisher()}. A second one
 * throws {@link IllegalStateException}.
 *
 * {@snippet :
 * for (String piece : chat.send("Tell me about Java 25")) {
 *     System.out.print(piece);
 * }
 * Reply reply = chat.send("Shorter", o -> o.temperature(0.2f).maxTokens(200))
 *         .onText(System.out::print)
 *         .await();
 * }
 *
 * <p>The model writes on its own thread; callbacks run on the thread that awaits or iterates. Iteration does not hold
 * the model back: what is not taken yet is kept, so that an abandoned loop ends by itself and its turn enters the
 * history. A publisher does: the model writes little more than the subscriber asked for. {@link #cancel} and
 * {@link #close} may be called by any thread, the rest by one.
 *
 * <p>An interrupt of the thread that waits cancels the turn and leaves the thread's interrupt flag set.
 */
public final class Generation implements Iterable<String>, AutoCloseable {
    private static final Executor VIRTUAL =
            task -> Thread.ofVirtual().name("demitasse-reply").start(task);

    private enum State {
        COLD,
        CONSUMED,
        /** An await gave up; the turn goes on. */
        LEFT
    }

    private final Turn turn;
    private final List<Consumer<? super Event>> listeners = new ArrayList<>();
    private State state = State.COLD;
    private @Nullable TurnReader reader;

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
        TurnReader running = consume(Consumption.AWAITED);
        try {
            return running.readAll(null);
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
        TurnReader running = consume(Consumption.AWAITED);
        try {
            return running.readAll(deadline);
        } catch (TimeoutException expired) {
            leave();
            throw expired;
        }
    }

    /**
     * The reply as a future; callbacks run on a virtual thread of its own. Cancelling the future cancels the turn.
     */
    public CompletableFuture<Reply> future() {
        return future(VIRTUAL);
    }

    /**
     * The reply as a future. Cancelling the future cancels the turn.
     *
     * @param executor runs the callbacks, in one task that lasts as long as the turn
     */
    public CompletableFuture<Reply> future(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        CompletableFuture<Reply> future = new CompletableFuture<>();
        TurnReader running;
        try {
            running = consume(Consumption.AWAITED);
        } catch (DemitasseException refused) {
            future.completeExceptionally(refused);
            return future;
        }
        var _ = future.whenComplete((_, _) -> {
            if (future.isCancelled()) {
                cancel();
            }
        });
        try {
            executor.execute(() -> {
                try {
                    future.complete(running.readAll(null));
                } catch (Throwable thrown) {
                    future.completeExceptionally(thrown);
                }
            });
        } catch (RejectedExecutionException rejected) {
            running.abandon();
            future.completeExceptionally(rejected);
        }
        return future;
    }

    /** Like {@link #publisher(Executor)}, on a virtual thread of its own. */
    public Flow.Publisher<String> publisher() {
        return publisher(VIRTUAL);
    }

    /**
     * The text piece by piece, whole characters only, for reactive libraries, which take it by {@code
     * JdkFlowAdapter.flowPublisherToFlux(...)}, {@code FlowAdapters.toPublisher(...)} or as it is. For one subscriber,
     * whose subscription starts the turn. The model writes at most a few tokens more than the subscriber requested, then
     * its turn pauses; other sessions go on. Cancelling the subscription cancels the turn. {@link #onEvent} sees the
     * reply.
     *
     * @param executor runs the subscriber and the callbacks, in one task that lasts as long as the turn
     */
    public Flow.Publisher<String> publisher(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        claim();
        return new TextPublisher(this, executor);
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
        return pieces(consume(Consumption.ITERATED));
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

    private TurnReader consume(Consumption consumption) {
        claim();
        return start(consumption);
    }

    /** Starts the turn, unless it runs. */
    synchronized TurnReader start(Consumption consumption) {
        if (reader == null) {
            TurnOutput output = new TurnOutput(turn, consumption, !listeners.isEmpty());
            turn.start(output);
            reader = new TurnReader(turn, output, listeners);
        }
        return reader;
    }

    private Iterator<String> pieces(@Nullable TurnReader started) {
        return new Iterator<>() {
            private @Nullable TurnReader running = started;
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
                    running = start(Consumption.ITERATED);
                }
                next = running.nextText();
                if (next == null) {
                    ended = true;
                    running.finish();
                }
            }
        };
    }
}
