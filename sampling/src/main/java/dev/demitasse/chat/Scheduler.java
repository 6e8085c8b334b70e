package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a model that computes: worker 0 of its crew. Jobs that are under way together share each pass over
 * the weights: every decoding job gives one token, and prompts that wait fill the rest in blocks, in turns. Callers only
 * hand in work and wait for it elsewhere.
 */
final class Scheduler implements AutoCloseable {
    // While others decode, a prompt is read in small blocks: each delays the others by little more than one token.
    private static final int BLOCK_BESIDE_DECODING = 32;
    // The logits of one position of a large vocabulary take 600 KB.
    private static final int BLOCK_WITH_ALL_LOGITS = 16;

    // Guesses in one pass, of all sequences together: where many write, their own tokens fill a pass well enough.
    private static final int MOST_GUESSES = 16;

    // The part of a pass that prompts get however many are writing: one row in so many.
    private static final int ROWS_FOR_PROMPTS = 4;

    // How often jobs that wait for memory look for it when nothing else happens.
    private static final long WAITING_MILLIS = 20;

    private final Engine engine;
    private final SequencePool pool;
    private final Limits limits;
    private final WaitingJobs waiting;
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final Thread thread;
    private final BlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final Object submission = new Object();

    private final List<Job> active = new ArrayList<>();
    private final List<Job> planned = new ArrayList<>();
    private final List<Engine.Span> spans = new ArrayList<>();
    private List<Job> computing = List.of();
    private int turn;

    private volatile int running;
    private volatile boolean closed;

    /** Starts the thread. The engine is closed with the scheduler. */
    Scheduler(Engine engine, SequencePool pool, Limits limits, String name) {
        this.engine = engine;
        this.pool = pool;
        this.limits = limits;
        this.waiting = new WaitingJobs(pool, limits);
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        thread.start();
    }

    /**
     * Hands in a job; from here on nobody else touches its sequence, until the job ends.
     *
     * @throws ModelClosedException if the model was closed
     * @throws ModelBusyException if as many jobs wait as may
     */
    void submit(Job job) {
        synchronized (submission) {
            if (waitingCount.get() >= limits.maxWaiting()) {
                throw new ModelBusyException(waitingCount.get() + " turns wait for their beginning already, as many as"
                        + " may: try again later");
            }
            requireOpen();
            waitingCount.incrementAndGet();
            commands.add(() -> waiting.add(job));
        }
    }

    /**
     * Makes room for a sequence that comes from a file, between two passes.
     *
     * @return false if there is none; otherwise {@link SequencePool#release} ends the reservation
     */
    boolean reserve(long bytes) {
        FutureTask<Boolean> task = new FutureTask<>(() -> pool.reserve(bytes, active));
        execute(task);
        return Failures.await(task);
    }

    /** Jobs that are computed now. */
    int running() {
        return running;
    }

    /** Jobs that wait for their beginning. */
    int waiting() {
        return waitingCount.get();
    }

    /**
     * Runs something on the scheduler's thread, between passes. It must be short and not throw.
     *
     * @throws ModelClosedException if the model was closed
     */
    void execute(Runnable command) {
        synchronized (submission) {
            requireOpen();
            commands.add(command);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ModelClosedException("the model was closed");
        }
    }

    /** Makes the thread look at its jobs again: one that paused is wanted, or cancelled. */
    void wake() {
        commands.add(() -> {});
    }

    boolean isClosed() {
        return closed;
    }

    /** Ends all jobs with {@link ModelClosedException}, then the thread, and waits for it. Idempotent. */
    @Override
    public void close() {
        synchronized (submission) {
            closed = true;
            commands.add(() -> {});
        }
        if (Thread.currentThread() != thread) {
            joinUninterruptibly();
        }
    }

    private void joinUninterruptibly() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Throwable cause = null;
        try {
            while (!closed) {
                obeyCommands();
                endStoppedJobs();
                begin();
                pass();
            }
        } catch (Throwable thrown) {
            cause = thrown;
        } finally {
            endAll(cause);
        }
    }

    private void endAll(@Nullable Throwable cause) {
        synchronized (submission) {
            closed = true;
        }
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        for (Job job : left(waiting.removeAll())) {
            fail(job, ending(cause));
        }
        for (Job job : List.copyOf(active)) {
            fail(job, ending(cause));
        }
        engine.close();
    }

    private static DemitasseException ending(@Nullable Throwable cause) {
        return cause == null
                ? new ModelClosedException("the model was closed while the turn was running")
                : new DemitasseException("the model's thread failed", cause);
    }

    private void obeyCommands() {
        Runnable command = active.isEmpty() ? awaitCommand() : commands.poll();
        for (; command != null; command = commands.poll()) {
            command.run();
        }
    }

    /** The next command, or null if jobs wait for memory and should look for it again. */
    private @Nullable Runnable awaitCommand() {
        while (true) {
            try {
                return waiting.isEmpty() ? commands.take() : commands.poll(WAITING_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException _) {
                // Nobody has a reason to interrupt this thread; close() sends a command.
            }
        }
    }

    private void endStoppedJobs() {
        for (Job job : List.copyOf(active)) {
            if (job.stopRequested()) {
                stop(job);
            }
        }
        left(waiting.removeStopped()).forEach(this::stop);
        for (Job job : left(waiting.removeExpired())) {
            fail(
                    job,
                    new ModelBusyException("the turn waited for " + limits.maxWait()
                            + " and there is still no place for"
                            + " it: " + active.size() + " turns run, and caches take " + engine.kvBytes() + " of "
                            + engine.kvBudget() + " bytes. Try again later, close sequences, or allow more"));
        }
    }

    /** These jobs do not wait any longer. */
    private List<Job> left(List<Job> jobs) {
        waitingCount.addAndGet(-jobs.size());
        return jobs;
    }

    private void begin() {
        int before = active.size();
        waiting.beginInto(active);
        waitingCount.addAndGet(before - active.size());
        running = active.size();
    }

    /** The job is over; its sequence is free before anybody hears of it. */
    private void end(Job job) {
        active.remove(job);
        running = active.size();
        pool.giveBack(job.sequence());
    }

    private void stop(Job job) {
        end(job);
        tell(job, job::stopped);
    }

    private void fail(Job job, Throwable thrown) {
        end(job);
        job.failed(thrown);
    }

    /** What goes wrong with the last of a job makes it fail; its sequence was given back before. */
    private static void tell(Job job, Runnable ending) {
        try {
            ending.run();
        } catch (Throwable thrown) {
            job.failed(thrown);
        }
    }

    private void pass() {
        plan();
        if (!planned.isEmpty()) {
            compute(List.copyOf(planned), List.copyOf(spans));
        } else if (!active.isEmpty()) {
            pause();
        }
    }

    /** All jobs pause: waits for a command, or for the time of the first of them to run out. */
    private void pause() {
        long nanos = waiting.isEmpty() ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(WAITING_MILLIS);
        for (Job job : active) {
            nanos = Math.min(nanos, job.nanosLeft());
        }
        try {
            Runnable command = commands.poll(nanos, TimeUnit.NANOSECONDS);
            if (command != null) {
                command.run();
            }
        } catch (InterruptedException _) {
            // Nobody has a reason to interrupt this thread; the loop goes on.
        }
    }

    private void plan() {
        planned.clear();
        spans.clear();
        int kept = active.stream().allMatch(Job::decoding) ? 0 : engine.maxTokens() / ROWS_FOR_PROMPTS;
        int room = planDecoding(engine.maxTokens() - kept) + kept;
        planPrompts(planned.isEmpty() ? room : Math.min(room, BLOCK_BESIDE_DECODING));
        turn += planned.size();
    }

    private int planDecoding(int room) {
        for (int i = 0; i < active.size() && planned.size() < room; i++) {
            Job job = inTurn(i);
            if (job.decoding() && job.isWanted()) {
                planned.add(job);
            }
        }
        int left = room - planned.size();
        int guesses = Math.min(left, MOST_GUESSES);
        for (Job job : planned) {
            Engine.Span span = job.nextSpan(guesses);
            spans.add(span);
            guesses -= span.count() - 1;
            left -= span.count() - 1;
        }
        return left;
    }

    private void planPrompts(int room) {
        for (int i = 0; i < active.size() && room > 0; i++) {
            Job job = inTurn(i);
            if (!job.decoding()) {
                int limit = job.promptLogitsWanted() == Engine.Logits.ALL ? BLOCK_WITH_ALL_LOGITS : room;
                int count = Math.min(job.waiting(), Math.min(room, limit));
                job.started();
                planned.add(job);
                spans.add(job.promptSpan(count));
                room -= count;
            }
        }
    }

    /** The jobs in an order that goes on where the last pass ended: when not all fit, each gets its share. */
    private Job inTurn(int index) {
        return active.get(Math.floorMod(turn + index, active.size()));
    }

    private void compute(List<Job> jobs, List<Engine.Span> work) {
        computing = jobs;
        boolean complete;
        try {
            complete = engine.forward(work, this::stopPass);
        } catch (Throwable thrown) {
            computeApart(jobs, work, thrown);
            return;
        }
        if (!complete) {
            return;
        }
        int row = 0;
        for (int i = 0; i < jobs.size(); i++) {
            advance(jobs.get(i), work.get(i), row);
            row += Job.rows(work.get(i));
        }
    }

    /** One sequence that cannot go on (no memory for its cache, say) must not end the turns of others. */
    private void computeApart(List<Job> jobs, List<Engine.Span> work, Throwable thrown) {
        if (jobs.size() == 1) {
            fail(jobs.getFirst(), thrown);
            return;
        }
        for (int i = 0; i < jobs.size(); i++) {
            compute(List.of(jobs.get(i)), List.of(work.get(i)));
        }
    }

    private void advance(Job job, Engine.Span span, int row) {
        boolean goesOn;
        try {
            goesOn = job.advance(engine, span, row);
        } catch (Throwable thrown) {
            fail(job, thrown);
            return;
        }
        if (!goesOn) {
            end(job);
            tell(job, job::completed);
        }
    }

    /** A block of a prompt takes long: it ends at once for a turn that ends. A pass of single tokens is worth finishing. */
    private boolean stopPass() {
        if (closed) {
            return true;
        }
        boolean allStop = true;
        for (Job job : computing) {
            boolean stop = job.stopRequested();
            if (stop && !job.decoding()) {
                return true;
            }
            allStop &= stop;
        }
        return allStop;
    }
}
