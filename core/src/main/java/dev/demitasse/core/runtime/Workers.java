package dev.demitasse.core.runtime;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The worker threads of one model: a fixed crew that shares out the chunks of one task at a time.
 *
 * <p>The thread that calls {@link #run} works too, as worker 0; {@code threads - 1} named daemon threads join it. Each begins
 * with chunks that follow each other, because memory is read fastest in sequence, and then helps the others. Chunks are
 * claimed one by one, so that a worker which loses its core to another process delays one chunk and not the task.
 * Waiting workers spin for a few microseconds, because the next task of a forward pass follows at once, and then park:
 * an idle model takes no processor time.
 *
 * <p>{@code run} must be called by one thread at a time. {@code close} may be called by any thread once no task runs.
 */
public final class Workers implements AutoCloseable {
    /** One task: called once for each chunk, by any worker, in any order. */
    @FunctionalInterface
    public interface Task {
        /**
         * Does one chunk.
         *
         * @param worker who works, from 0 to {@code threads - 1}: an index for scratch memory
         * @param chunk which part of the task, from 0 to {@code chunks - 1}
         */
        void run(int worker, int chunk);
    }

    // About 30 us: several times the gap between two tasks of a forward pass, far below a scheduler's time slice.
    private static final int SPINS = 2_000;
    private static final Task NOTHING = (_, _) -> {};

    private final Helper[] helpers;

    /** Each worker's own share of the chunks. */
    private final Share[] shares;

    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean running = new AtomicBoolean();

    // Volatile, because a plain store may become visible before the store to the ticket that precedes it (AArch64): a
    // helper that is late could then claim a chunk that the finished task never had.
    private volatile Task task = NOTHING;
    private volatile long epoch;
    private volatile boolean closed;

    /**
     * Starts the crew.
     *
     * @param name prefix of the threads' names
     * @param threads workers in all, the calling thread included; at least 1
     */
    public Workers(String name, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a crew needs at least 1 thread, got " + threads);
        }
        shares = new Share[threads];
        Arrays.setAll(shares, _ -> new Share());
        helpers = new Helper[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(name + "-worker-" + (i + 1), i + 1);
        }
        boolean started = false;
        try {
            for (Helper helper : helpers) {
                helper.start();
            }
            started = true;
        } finally {
            // The operating system may refuse another thread; those that run would wait for ever.
            closed = !started;
        }
    }

    /** Workers in all, the calling thread included. */
    public int threads() {
        return helpers.length + 1;
    }

    /**
     * Runs all chunks of a task and returns when the last has ended. What the chunks wrote is visible to the caller.
     *
     * @throws IllegalStateException if this crew was closed, or is running a task: a second thread called, or a chunk did
     * @throws RuntimeException the first failure of a chunk; no chunk runs any more, though some may not have begun
     */
    public void run(int chunks, Task task) {
        if (closed) {
            throw new IllegalStateException("these workers were closed");
        }
        if (chunks <= 0) {
            return;
        }
        if (!running.compareAndSet(false, true)) {
            throw new IllegalStateException("these workers are running a task; they take one at a time");
        }
        try {
            if (chunks == 1 || helpers.length == 0) {
                for (int chunk = 0; chunk < chunks; chunk++) {
                    task.run(0, chunk);
                }
            } else {
                share(chunks, task);
            }
        } finally {
            running.set(false);
        }
    }

    private void share(int chunks, Task task) {
        long next = epoch + 1;
        for (Share share : shares) {
            share.close(next);
        }
        this.task = task;
        unfinished.set(chunks);
        for (int worker = 0; worker < shares.length; worker++) {
            int begin = (int) ((long) chunks * worker / shares.length);
            int end = (int) ((long) chunks * (worker + 1) / shares.length);
            shares[worker].open(next, begin, end);
        }
        epoch = next;
        for (Helper helper : helpers) {
            helper.wakeIfParked();
        }
        work(0);
        awaitOthers();
        this.task = NOTHING;
        rethrow(failure.getAndSet(null));
    }

    /** Does chunks of the worker's own share, then of the others'. */
    private void work(int worker) {
        for (int i = 0; i < shares.length; i++) {
            work(worker, shares[(worker + i) % shares.length]);
        }
    }

    private void work(int worker, Share share) {
        while (true) {
            long seen = share.ticket();
            // Read before the claim: the claim succeeds only if they still belong to the ticket.
            Task current = task;
            if (share.isEmpty(seen)) {
                return;
            }
            if (share.claim(seen)) {
                try {
                    current.run(worker, (int) seen);
                } catch (Throwable thrown) {
                    failure.compareAndSet(null, thrown);
                } finally {
                    unfinished.decrementAndGet();
                }
            }
        }
    }

    private void awaitOthers() {
        int spins = 0;
        while (unfinished.get() > 0) {
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private static void rethrow(@Nullable Throwable thrown) {
        switch (thrown) {
            case null -> {}
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            default -> throw new IllegalStateException(thrown);
        }
    }

    /** Ends the threads. Idempotent; must not be called while a task runs. */
    @Override
    public void close() {
        closed = true;
        for (Helper helper : helpers) {
            LockSupport.unpark(helper.thread);
        }
    }

    /** A worker's own chunks, from which others help themselves once they have done theirs. */
    private static final class Share {
        private static final int CLOSED_TO_CLAIMS = Integer.MAX_VALUE;

        /** Task number in the upper half, next unclaimed chunk in the lower: claims of a finished task cannot succeed. */
        private final AtomicLong ticket = new AtomicLong(CLOSED_TO_CLAIMS);

        private volatile int end;

        void close(long epoch) {
            ticket.set(epoch << 32 | CLOSED_TO_CLAIMS);
        }

        void open(long epoch, int begin, int end) {
            this.end = end;
            ticket.set(epoch << 32 | begin);
        }

        long ticket() {
            return ticket.get();
        }

        boolean isEmpty(long seen) {
            return (int) seen >= end;
        }

        boolean claim(long seen) {
            return ticket.compareAndSet(seen, seen + 1);
        }
    }

    private final class Helper implements Runnable {
        private final Thread thread;
        private final int worker;
        private volatile boolean parked;

        Helper(String name, int worker) {
            this.worker = worker;
            this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this);
        }

        void start() {
            thread.start();
        }

        void wakeIfParked() {
            if (parked) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            long done = 0;
            while (!closed) {
                long seen = epoch;
                if (seen != done) {
                    done = seen;
                    work(worker);
                } else {
                    awaitTaskAfter(done);
                }
            }
        }

        private void awaitTaskAfter(long done) {
            for (int spins = 0; spins < SPINS; spins++) {
                if (epoch != done || closed) {
                    return;
                }
                Thread.onSpinWait();
            }
            parked = true;
            // Checked again after the flag is up: a task published in between has either seen the flag or is seen here.
            while (epoch == done && !closed) {
                LockSupport.park(this);
                // An interrupt, which nobody should send, would make every later park return at once.
                Thread.interrupted();
            }
            parked = false;
        }
    }
}
