package dev.demitasse.chat;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Carries a turn from the scheduler's thread, which never waits here, to the thread that consumes it, which parks. The
 * buffer is bounded by the reply's maxTokens; on demand, by a few events, after which the scheduler lets the turn pause.
 *
 * <p>It also sees to it that the turn is settled exactly once: by the consumer after its last callback, so that the
 * session is busy until then, or by the producer where the consumer may never come back (iteration, an await that gave
 * up).
 */
final class TurnOutput {
    // On demand: enough that a subscriber who asks for one piece at a time does not wait for each.
    private static final int AHEAD = 8;

    private final Turn turn;
    private final int limit;
    private final boolean listened;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Queue<Event> events = new ArrayDeque<>();
    private @Nullable Outcome outcome;
    private @Nullable Throwable failure;
    private boolean settledByProducer;
    private boolean rollBack;
    private boolean settled;

    /** The outcome calls tools, and the consumer has not come for them yet. */
    private boolean toolsDue;

    /** @param listened whether anybody listens to events that are no text */
    TurnOutput(Turn turn, Consumption consumption, boolean listened) {
        this.turn = turn;
        this.limit = consumption == Consumption.ON_DEMAND ? AHEAD : Integer.MAX_VALUE;
        this.settledByProducer = consumption == Consumption.ITERATED;
        this.listened = listened;
    }

    // The producer's side: the scheduler's thread.

    /** Whether the consumer has enough for now. */
    boolean isFull() {
        lock.lock();
        try {
            return events.size() >= limit;
        } finally {
            lock.unlock();
        }
    }

    void prefilled(int done, int total) {
        if (listened) {
            put(new Event.Prefill(done, total));
        }
    }

    /** From the thread that starts the turn. */
    void contextShifted(int droppedMessages) {
        if (listened) {
            put(new Event.ContextShifted(droppedMessages));
        }
    }

    void logprobs(List<TokenLogprob> tokens) {
        if (listened && !tokens.isEmpty()) {
            put(new Event.Logprobs(tokens));
        }
    }

    void text(String text) {
        put(new Event.Text(text));
    }

    void thinking(String text) {
        put(new Event.Thinking(text));
    }

    private void put(Event event) {
        lock.lock();
        try {
            events.add(event);
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void finished(Outcome finished) {
        lock.lock();
        try {
            outcome = finished;
            if (turn.goesOn(finished)) {
                toolsDue = true;
                if (turn.isCancelled()) {
                    cancelTools();
                }
            } else if (settledByProducer) {
                settle(finished);
            }
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void failed(Throwable thrown) {
        lock.lock();
        try {
            rollBack = true;
            settle(null);
            failure = thrown;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The turn was cancelled: if it waits for its consumer to run tools, who may never come, it ends here. Any thread. */
    void cancelTools() {
        lock.lock();
        try {
            if (toolsDue && outcome != null) {
                toolsDue = false;
                outcome = outcome.cancelled();
                if (settledByProducer) {
                    settle(outcome);
                }
                news.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    // The consumer's side.

    /** The outcome whose tools are to be run, or null if the turn has ended. Only after {@link #take} gave null. */
    @Nullable
    Outcome claimTools() {
        lock.lock();
        try {
            if (!toolsDue) {
                return null;
            }
            Outcome claimed = outcome;
            toolsDue = false;
            outcome = null;
            return claimed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next event, or null after the last: then {@link #outcome()} tells how the turn ended. An interrupt cancels the
     * turn and stays set.
     *
     * @param deadline in terms of {@link System#nanoTime}, or null to wait as long as it takes
     * @throws TimeoutException if the deadline passed: from now on the turn does without this consumer
     */
    @Nullable
    Event take(@Nullable Long deadline) throws TimeoutException {
        boolean interrupted = false;
        lock.lock();
        try {
            while (events.isEmpty() && outcome == null && failure == null) {
                try {
                    long _ = news.awaitNanos(remaining(deadline));
                } catch (InterruptedException _) {
                    interrupted = true;
                    turn.cancel();
                }
            }
            if (events.size() == limit) {
                turn.wake();
            }
            return events.poll();
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long remaining(@Nullable Long deadline) throws TimeoutException {
        if (deadline == null) {
            return Long.MAX_VALUE;
        }
        long remaining = deadline - System.nanoTime();
        if (remaining <= 0) {
            settledByProducer = true;
            throw new TimeoutException("the reply is not complete yet; it goes on, and may be awaited again");
        }
        return remaining;
    }

    /** How the turn ended; rethrows its failure. Only after {@link #take} gave null. */
    Outcome outcome() {
        lock.lock();
        try {
            if (failure != null) {
                throw Failures.asUnchecked(failure);
            }
            if (outcome == null) {
                throw new IllegalStateException("the turn has not ended");
            }
            return outcome;
        } finally {
            lock.unlock();
        }
    }

    /** The consumer has taken everything: the turn enters the history, unless the producer saw to it. */
    void settle() {
        lock.lock();
        try {
            settle(outcome);
        } finally {
            lock.unlock();
        }
    }

    /** A callback failed: the turn shall not enter the history. */
    void rollBack() {
        lock.lock();
        try {
            rollBack = true;
        } finally {
            lock.unlock();
        }
    }

    private void settle(@Nullable Outcome finished) {
        if (settled) {
            return;
        }
        settled = true;
        if (rollBack || finished == null) {
            turn.rollBack();
        } else {
            turn.end(finished);
        }
    }
}
