package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What no session shows: jobs that fail at their very end. */
@Timeout(60)
class SchedulerTest {
    private static final int[] PROMPT = {1, 2, 3};

    /** Reads its prompt, and fails when it is told that it has ended. */
    private static final class BrokenEnd extends Job {
        final CompletableFuture<Throwable> failure = new CompletableFuture<>();

        BrokenEnd(TokenSequence sequence) {
            super(sequence, PROMPT);
        }

        @Override
        boolean continuesSequence() {
            return false;
        }

        @Override
        int finalLength() {
            return PROMPT.length;
        }

        @Override
        int next(float[] logits) {
            return END;
        }

        @Override
        boolean stopRequested() {
            return false;
        }

        @Override
        void completed() {
            throw new IllegalStateException("no end");
        }

        @Override
        void stopped() {
            throw new AssertionError("it was not stopped");
        }

        @Override
        void failed(Throwable thrown) {
            failure.complete(thrown);
        }
    }

    @Test
    void aJobWhoseEndFailsGivesItsSequenceBackOnce() throws Exception {
        FakeEngine engine = new FakeEngine(8, 64, _ -> 1);
        try (SequencePool pool = new SequencePool(engine, Long.MAX_VALUE);
                Scheduler scheduler = new Scheduler(engine, pool, Limits.NONE, "test")) {
            BrokenEnd first = new BrokenEnd(pool.open(TokenSequence.Use.SPARE));
            scheduler.submit(first);
            assertThat(first.failure.get(30, TimeUnit.SECONDS)).hasMessage("no end");
            // What it read is kept, open, for the next prompt that begins so.
            assertThat(engine.openCaches()).isEqualTo(1);
            BrokenEnd second = new BrokenEnd(pool.open(TokenSequence.Use.SPARE));
            scheduler.submit(second);
            assertThat(second.failure.get(30, TimeUnit.SECONDS)).hasMessage("no end");
            assertThat(second.cached()).isEqualTo(PROMPT.length - 1);
        }
    }
}
