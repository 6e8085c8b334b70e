package dev.demitasse.examples.server;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets so many replies be written at the same time and so many requests wait, first come, first served; whoever finds the
 * queue full is refused at once. Thread-safe.
 */
final class Admission {
    private final int places;
    private final int queue;
    private final Semaphore free;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean closed;

    Admission(int places, int queue) {
        this.places = places;
        this.queue = queue;
        this.free = new Semaphore(places, true);
    }

    /** Places in use, given back when closed. */
    interface Places extends AutoCloseable {
        /**
         * Lets those go first who wait already, then waits for the same number of places again, however full the queue is,
         * and also while the server shuts down: the request is under way.
         *
         * @throws ApiException 504 if the time is over: there are no places then
         * @throws InterruptedException if the client left meanwhile
         */
        void giveWay(Duration atMost) throws InterruptedException;

        @Override
        void close();
    }

    /**
     * Waits for places.
     *
     * @param wanted how many replies the request asks for
     * @param atMost the longest wait
     * @throws ApiException 429 if the queue is full, 503 when the server shuts down, 504 if the time is over
     * @throws InterruptedException if the client left meanwhile
     */
    Places enter(int wanted, Duration atMost) throws InterruptedException {
        if (wanted > places) {
            throw ApiException.badField("n", "this server writes at most " + places + " replies at the same time");
        }
        checkOpen();
        if (!free.tryAcquire(wanted, 0, TimeUnit.SECONDS)) {
            if (waiting.incrementAndGet() > queue) {
                waiting.decrementAndGet();
                throw ApiException.tooManyRequests(queue + " requests are waiting already; try again in a few seconds");
            }
            await(wanted, atMost);
            if (closed) {
                free.release(wanted);
                throw ApiException.shuttingDown();
            }
        }
        return new HeldPlaces(wanted);
    }

    /** Waits for places; who does is counted as waiting already. */
    private void await(int wanted, Duration atMost) throws InterruptedException {
        try {
            if (!free.tryAcquire(wanted, atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                throw ApiException.timeout(atMost.toSeconds());
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    private final class HeldPlaces implements Places {
        private int held;

        HeldPlaces(int held) {
            this.held = held;
        }

        @Override
        public void giveWay(Duration atMost) throws InterruptedException {
            int wanted = held;
            close();
            waiting.incrementAndGet();
            await(wanted, atMost);
            held = wanted;
        }

        @Override
        public void close() {
            free.release(held);
            held = 0;
        }
    }

    /** From now on nobody enters. */
    void refuseAll() {
        closed = true;
    }

    void checkOpen() {
        if (closed) {
            throw ApiException.shuttingDown();
        }
    }

    /** Most replies that are written at the same time. */
    int places() {
        return places;
    }

    /** Replies that are being written. */
    int running() {
        return places - free.availablePermits();
    }

    /** Requests that wait. */
    int waiting() {
        return waiting.get();
    }
}
