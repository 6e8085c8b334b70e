package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Jobs that have not begun: they wait for a place among those that are computed and for memory, first come, first served.
 * For the scheduler's thread.
 */
final class WaitingJobs {
    private final SequencePool pool;
    private final Limits limits;
    private final long maxWaitNanos;

    /** Oldest first. */
    private final List<Job> jobs = new ArrayList<>();

    WaitingJobs(SequencePool pool, Limits limits) {
        this.pool = pool;
        this.limits = limits;
        this.maxWaitNanos = Clock.nanos(limits.maxWait());
    }

    void add(Job job) {
        jobs.add(job);
    }

    boolean isEmpty() {
        return jobs.isEmpty();
    }

    /** Removes and returns those that shall end unbegun. */
    List<Job> removeStopped() {
        return remove(Job::stopRequested);
    }

    /** Removes and returns those that have waited as long as they may. */
    List<Job> removeExpired() {
        long now = System.nanoTime();
        return remove(job -> now - job.submittedAt() > maxWaitNanos);
    }

    List<Job> removeAll() {
        return remove(_ -> true);
    }

    private List<Job> remove(Predicate<Job> condition) {
        List<Job> removed = jobs.stream().filter(condition).toList();
        jobs.removeAll(removed);
        return removed;
    }

    /**
     * Begins what can begin. Who finds no room holds up those that came later, so that a large job has its turn.
     *
     * @param active jobs that have begun and not ended; those that begin are added
     */
    void beginInto(List<Job> active) {
        for (int i = 0; i < jobs.size() && active.size() < limits.concurrency(); ) {
            switch (pool.admit(jobs.get(i), active)) {
                case BEGUN -> active.add(jobs.remove(i));
                case BEING_READ -> i++;
                case NO_ROOM -> {
                    return;
                }
            }
        }
    }
}
