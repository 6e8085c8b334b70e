package dev.demitasse.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Repeats what failed for a passing reason, with pauses that grow. Not thread-safe. */
final class Patience {
    private static final int MOST_FAILURES = 4;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final Duration firstPause;
    private int failures;

    Patience(Duration firstPause) {
        this.firstPause = firstPause;
    }

    /** Something that may fail for a passing reason. */
    @FunctionalInterface
    interface Action<T> {
        T run() throws IOException, InterruptedException;
    }

    /** Runs an action until it succeeds or patience ends. */
    <T> T run(Action<T> action) throws IOException, InterruptedException {
        while (true) {
            try {
                return action.run();
            } catch (TransientFailure failure) {
                endOrPause(failure);
            }
        }
    }

    /** Things went on: earlier failures no longer count. */
    void renew() {
        failures = 0;
    }

    /** Waits before the next attempt, or throws if there have been too many. */
    void endOrPause(TransientFailure failure) throws HubException, InterruptedException {
        failures++;
        if (failures == MOST_FAILURES) {
            throw new HubException(
                    failure.getMessage() + ", " + failures + " times one after the other. What was loaded is kept: try"
                            + " again later. Behind a proxy, set https_proxy; for a"
                            + " mirror, HF_ENDPOINT",
                    failure);
        }
        Duration own = firstPause.multipliedBy(1L << (failures - 1));
        Duration asked = failure.askedPause().compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : failure.askedPause();
        Duration pause = asked.compareTo(own) > 0 ? asked : own;
        var _ = new CountDownLatch(1).await(pause.toNanos(), TimeUnit.NANOSECONDS);
    }
}
