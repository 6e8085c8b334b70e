package dev.demitasse.hub;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes a stream from which nothing has come for too long: reading a response has no time limit of its own. Reading
 * then fails or ends, and {@link #hasStalled} tells why.
 */
final class StallGuard implements AutoCloseable {
    private final Closeable stream;
    private final long limitNanos;
    private final Thread watcher;
    private volatile long lastNanos = System.nanoTime();
    private volatile boolean stalled;
    private volatile boolean closed;

    StallGuard(Closeable stream, Duration limit) {
        this.stream = stream;
        this.limitNanos = limit.toNanos();
        this.watcher = Thread.ofVirtual().name("demitasse-download-watch").start(this::watch);
    }

    /** Something has come. */
    void alive() {
        lastNanos = System.nanoTime();
    }

    boolean hasStalled() {
        return stalled;
    }

    private void watch() {
        while (!closed) {
            long left = lastNanos + limitNanos - System.nanoTime();
            if (left > 0) {
                LockSupport.parkNanos(left);
                continue;
            }
            stalled = true;
            try {
                stream.close();
            } catch (IOException _) {
                // The reader is told by its own exception.
            }
            return;
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watcher);
    }
}
