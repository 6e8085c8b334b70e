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
            waitInQueue(wanted, atMost);
        }
        return () -> free.release(wanted);
    }

    private void waitInQueue(int wanted, Duration atMost) throws InterruptedException {
        if (waiting.incrementAndGet() > queue) {
            waiting.decrementAndGet();
            throw ApiException.tooManyRequests(queue + " requests are waiting already; try again in a few seconds");
        }
        try {
            if (!free.tryAcquire(wanted, atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                throw ApiException.timeout(atMost.toSeconds());
            }
        } finally {
            waiting.decrementAndGet();
        }
        if (closed) {
            free.release(wanted);
            throw ApiException.shuttingDown();
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

    /** Replies that are being written. */
    int running() {
        return places - free.availablePermits();
    }

    /** Requests that wait. */
    int waiting() {
        return waiting.get();
    }
}
