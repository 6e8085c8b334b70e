package dev.demitasse.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Time-outs are for hangs alone. */
@Timeout(120)
class WorkersTest {
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private static List<Thread> helpersOf(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(name + "-worker-"))
                .toList();
    }

    private static void await(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waiting: %s", what).isLessThan(PATIENCE_NANOS);
            Thread.yield();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void everyChunkOfEveryTaskRunsOnceAndIsSeenByTheCaller(int threads) {
        Random random = new Random(threads);
        try (Workers workers = new Workers("test", threads)) {
            assertThat(workers.threads()).isEqualTo(threads);
            // Tasks of all sizes in quick succession: a helper that is late for one meets the next.
            for (int task = 0; task < 20_000; task++) {
                int chunks = 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 6);
                int[] runs = new int[chunks];
                workers.run(chunks, (_, chunk) -> runs[chunk]++);
                assertThat(runs).containsOnly(1);
            }
        }
    }

    @Test
    void aWorkersIndexIsItsOwnWhileItWorks() {
        int threads = 4;
        AtomicIntegerArray busy = new AtomicIntegerArray(threads);
        AtomicInteger clashes = new AtomicInteger();
        try (Workers workers = new Workers("test", threads)) {
            for (int task = 0; task < 2_000; task++) {
                workers.run(16, (worker, _) -> {
                    clashes.addAndGet(busy.getAndIncrement(worker));
                    Thread.onSpinWait();
                    busy.decrementAndGet(worker);
                });
            }
        }
        assertThat(clashes).hasValue(0);
    }

    @Test
    void helpersTakePartAndTheCallerWaitsForThem() {
        CountDownLatch bothAtWork = new CountDownLatch(2);
        int[] results = new int[2];
        try (Workers workers = new Workers("test", 2)) {
            workers.run(2, (worker, chunk) -> {
                bothAtWork.countDown();
                await("the other worker", () -> bothAtWork.getCount() == 0);
                results[chunk] = 1 + worker;
            });
        }
        assertThat(results).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void noChunksAreNoTask() {
        try (Workers workers = new Workers("test", 2)) {
            workers.run(0, (_, _) -> {
                throw new AssertionError("ran");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void aFailureReachesTheCallerAndTheCrewGoesOn(int threads) {
        try (Workers workers = new Workers("test", threads)) {
            for (int task = 0; task < 200; task++) {
                int failing = task % 8;
                AtomicInteger atWork = new AtomicInteger();
                assertThatThrownBy(() -> workers.run(8, (_, chunk) -> {
                            atWork.incrementAndGet();
                            try {
                                if (chunk == failing) {
                                    throw new IllegalArgumentException("chunk " + chunk);
                                }
                            } finally {
                                atWork.decrementAndGet();
                            }
                        }))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("chunk " + failing);
                assertThat(atWork).hasValue(0);
            }
            assertThatThrownBy(() -> workers.run(8, (_, _) -> {
                        throw new StackOverflowError("deep");
                    }))
                    .isInstanceOf(StackOverflowError.class);
            int[] runs = new int[50];
            workers.run(50, (_, chunk) -> runs[chunk]++);
            assertThat(runs).containsOnly(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aTaskInsideATaskIsRefused(int threads) {
        try (Workers workers = new Workers("test", threads)) {
            assertThatThrownBy(() -> workers.run(4, (_, _) -> workers.run(2, (_, _) -> {})))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one at a time");
            workers.run(4, (_, _) -> {});
        }
    }

    @Test
    void aSecondCallerIsRefusedWhileATaskRuns() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (Workers workers = new Workers("test", 2)) {
            Thread first = Thread.ofPlatform()
                    .start(() -> workers.run(1, (_, _) -> {
                        started.countDown();
                        await("the end", () -> mayEnd.getCount() == 0);
                    }));
            started.await();
            assertThatThrownBy(() -> workers.run(2, (_, _) -> {})).isInstanceOf(IllegalStateException.class);
            mayEnd.countDown();
            first.join();
        }
    }

    @Test
    void anIdleCrewParksAndWakesAgain() {
        try (Workers workers = new Workers("idle", 3)) {
            for (int round = 0; round < 20; round++) {
                await(
                        "helpers park",
                        () -> helpersOf("idle").stream().allMatch(helper -> helper.getState() == Thread.State.WAITING));
                AtomicInteger atWork = new AtomicInteger();
                workers.run(3, (_, _) -> {
                    atWork.incrementAndGet();
                    await("all three at work", () -> atWork.get() == 3);
                });
            }
        }
    }

    @Test
    void anInterruptedHelperParksAgain() {
        try (Workers workers = new Workers("interrupted", 2)) {
            helpersOf("interrupted").forEach(Thread::interrupt);
            await(
                    "the helper parks",
                    () -> helpersOf("interrupted").stream()
                            .allMatch(helper -> helper.getState() == Thread.State.WAITING && !helper.isInterrupted()));
            int[] runs = new int[10];
            workers.run(10, (_, chunk) -> runs[chunk]++);
            assertThat(runs).containsOnly(1);
        }
    }

    @Test
    void closingEndsTheThreadsAndRefusesTasks() {
        Workers workers = new Workers("closing", 4);
        workers.run(10, (_, _) -> {});
        assertThat(helpersOf("closing")).hasSize(3).allMatch(Thread::isDaemon);
        workers.close();
        workers.close();
        await("helpers end", () -> helpersOf("closing").isEmpty());
        assertThatThrownBy(() -> workers.run(1, (_, _) -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aTaskThatIsRunningWhenTheCrewIsClosedIsFinished() {
        for (int round = 0; round < 200; round++) {
            Workers workers = new Workers("test", 4);
            int[] runs = new int[100];
            workers.run(100, (_, chunk) -> {
                if (chunk == 10) {
                    workers.close();
                }
                runs[chunk]++;
            });
            assertThat(runs).containsOnly(1);
        }
    }

    @Test
    void aCrewOfNobodyIsRefused() {
        assertThatThrownBy(() -> new Workers("test", 0)).hasMessageContaining("at least 1 thread, got 0");
    }
}
