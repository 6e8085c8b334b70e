package dev.demitasse.chat;

import dev.demitasse.chat.TokenSequence.Use;
import dev.demitasse.core.kernels.KvType;
import dev.demitasse.core.model.LoraAdapter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a model's conversations: which sequences no job works on, what they may take together, and which of them
 * a new job starts from. Thread-safe; its lock is the last one taken.
 *
 * <p>A job starts from the sequence that shares most with its prompt, whoever's it is: what two conversations have in
 * common is read once and shared. Memory for the longest outcome of a job is set apart when it begins, so that no job
 * runs out of it; sequences that no job works on give theirs up for that, the least recently used ones first, those that
 * no session holds before those of sessions.
 */
final class SequencePool implements AutoCloseable {
    /** Whether a job may begin. */
    enum Admission {
        BEGUN,
        NO_ROOM,
        /** Another job is reading the beginning of this one's prompt now: it will be there to share. */
        BEING_READ
    }

    // Shared tokens that are worth waiting for, or keeping: about the time of a few decode steps.
    private static final int WORTH_KEEPING = 64;
    // The part of a spare sequence that may be overwritten instead of forked: one in so many tokens.
    private static final int MOST_LOST = 8;
    // A bound for the search; memory is bounded by bytes.
    private static final int MOST_SPARE = 256;
    // Tokens given up at once.
    private static final int EVICTION_STEP = 8 * KvType.BLOCK_POSITIONS;

    private final Engine engine;
    private final long prefixCache;

    /** Of sessions; least recently used first. */
    private final Set<TokenSequence> idle = new LinkedHashSet<>();

    /** Of nobody; least recently used first. */
    private final Set<TokenSequence> spare = new LinkedHashSet<>();

    /** Bytes promised to sequences that are being read from files. */
    private long reserved;

    private boolean closed;

    /** @param prefixCache see {@link Limits} */
    SequencePool(Engine engine, long prefixCache) {
        this.engine = engine;
        this.prefixCache = prefixCache;
    }

    /** An empty sequence. */
    synchronized TokenSequence open(Use use) {
        return open(use, null);
    }

    /** An empty sequence that is computed with an adapter. */
    synchronized TokenSequence open(Use use, @Nullable LoraAdapter adapter) {
        TokenSequence sequence = new TokenSequence(use, engine.newCache(adapter), adapter);
        if (use == Use.SESSION) {
            idle.add(sequence);
        }
        return sequence;
    }

    /** A copy for somebody who reads it while its original may change; it is to be closed. */
    synchronized TokenSequence snapshot(TokenSequence original) {
        return original.fork(Use.PINNED, original.length());
    }

    /** Makes room for a sequence that comes from a file: until {@link #release} nobody else gets these bytes. */
    synchronized boolean reserve(long bytes, List<Job> active) {
        boolean room = makeRoom(bytes + claims(active), unused());
        reserved += room ? bytes : 0;
        return room;
    }

    /** The sequence is there, or will not come. */
    synchronized void release(long bytes) {
        reserved -= bytes;
    }

    /** Takes a session's sequence that comes from a file. */
    synchronized TokenSequence add(TokenSequence restored) {
        if (closed) {
            close(restored);
        } else {
            idle.add(restored);
        }
        return restored;
    }

    /** A second sequence like this one, for another session. */
    synchronized TokenSequence fork(TokenSequence base) {
        TokenSequence fork = base.fork(Use.SESSION, base.length());
        idle.add(fork);
        return fork;
    }

    /** Whether the sequence begins with these tokens. */
    synchronized boolean holds(TokenSequence sequence, int[] tokens) {
        return sequence.commonPrefix(tokens) == tokens.length;
    }

    /** Frees a sequence's memory: now, or when the job that works on it has ended. Idempotent. */
    synchronized void close(TokenSequence sequence) {
        sequence.closed = true;
        if (!sequence.leased) {
            idle.remove(sequence);
            spare.remove(sequence);
            sequence.cache().close();
        }
    }

    /**
     * Frees a session's sequence, but keeps its beginning if that is of use to other sessions and not there yet.
     *
     * @param beginning what any session of this kind begins with; nothing that a user wrote
     */
    synchronized void retire(TokenSequence sequence, int[] beginning) {
        int kept = sequence.commonPrefix(beginning);
        boolean known = kept < WORTH_KEEPING
                || others(sequence).stream()
                        .anyMatch(other -> other.isComputedLike(sequence) && other.commonPrefix(beginning) >= kept);
        if (!known && !closed && !sequence.closed) {
            keep(sequence.fork(Use.SPARE, kept));
        }
        close(sequence);
    }

    /** Keeps nothing any longer that was computed with an adapter and belongs to nobody. */
    synchronized void forget(LoraAdapter adapter) {
        spare.stream()
                .filter(sequence -> sequence.adapter() == adapter)
                .toList()
                .forEach(this::close);
    }

    private List<TokenSequence> others(TokenSequence sequence) {
        List<TokenSequence> others = unused();
        others.remove(sequence);
        return others;
    }

    /** All that no job works on, in the order in which they give up memory. */
    private List<TokenSequence> unused() {
        List<TokenSequence> unused = new ArrayList<>(spare);
        unused.addAll(idle);
        return unused;
    }

    /**
     * Begins a job if there is memory for it: its sequence then holds the longest known beginning of its prompt.
     *
     * @param active jobs that have begun and not ended
     */
    synchronized Admission admit(Job job, List<Job> active) {
        TokenSequence sequence = job.sequence();
        if (job.continuesSequence()) {
            return begin(job, sequence, sequence, sequence.length(), active);
        }
        int[] prompt = job.prompt();
        TokenSequence best = best(sequence, prompt, active);
        int shared = best.commonPrefix(prompt);
        if (prefixCache > 0 && isBeingRead(sequence, prompt, shared, active)) {
            return Admission.BEING_READ;
        }
        // The last token is computed in any case: its logits are wanted.
        int usable = best.cache().exactLength(Math.min(shared, prompt.length - 1));
        return begin(job, sequence, best, usable, active);
    }

    private TokenSequence best(TokenSequence own, int[] prompt, List<Job> active) {
        if (prefixCache == 0) {
            return own;
        }
        List<TokenSequence> candidates = unused();
        for (Job job : active) {
            if (!job.continuesSequence()) {
                candidates.add(job.sequence());
            }
        }
        TokenSequence best = own;
        int longest = own.commonPrefix(prompt);
        for (TokenSequence candidate : candidates) {
            int shared = candidate.commonPrefix(prompt);
            if (shared > longest && candidate.isComputedLike(own)) {
                longest = shared;
                best = candidate;
            }
        }
        return best;
    }

    private static boolean isBeingRead(TokenSequence own, int[] prompt, int known, List<Job> active) {
        for (Job job : active) {
            if (!job.decoding() && !job.continuesSequence() && job.sequence().isComputedLike(own)) {
                int mismatch = Arrays.mismatch(job.prompt(), prompt);
                int shared = Math.min(mismatch < 0 ? prompt.length : mismatch, prompt.length - 1);
                if (shared - known >= WORTH_KEEPING) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Begins the job with {@code shared} tokens of {@code source} in its sequence. */
    private Admission begin(Job job, TokenSequence sequence, TokenSequence source, int shared, List<Job> active) {
        TokenSequence start = start(sequence, source, shared);
        List<TokenSequence> evictable = others(start);
        if (!makeRoom(start.cache().bytesToGrow(job.finalLength()) + claims(active), evictable)) {
            if (start != sequence && start != source) {
                start.cache().close();
            }
            return Admission.NO_ROOM;
        }
        if (start != sequence) {
            spare.remove(start);
            sequence.become(start);
        }
        idle.remove(sequence);
        sequence.leased = true;
        job.begin(job.continuesSequence() ? 0 : shared);
        return Admission.BEGUN;
    }

    private TokenSequence start(TokenSequence own, TokenSequence source, int shared) {
        // The same conversation gone on differs at its very end only, if at all.
        boolean mayOverwrite = source == own
                || (source.use() == Use.SPARE
                        && !source.leased
                        && source.length() - shared <= source.length() / MOST_LOST);
        if (!mayOverwrite) {
            return source.fork(own.use(), shared);
        }
        source.truncate(shared);
        return source;
    }

    /** What the jobs that have begun may still take. */
    private static long claims(List<Job> active) {
        return active.stream()
                .mapToLong(job -> job.sequence().cache().bytesToGrow(job.finalLength()))
                .sum();
    }

    /** Makes room for so many bytes, if that is possible; otherwise nothing is given up. */
    private boolean makeRoom(long needed, List<TokenSequence> evictable) {
        // Not "bytes + needed <= budget": without a budget that overflows.
        long most = engine.kvBudget() - needed - reserved;
        if (engine.kvBytes() <= most) {
            return true;
        }
        long freed = engine.bytesHeldOnlyBy(
                evictable.stream().map(TokenSequence::cache).toList());
        if (engine.kvBytes() - freed > most) {
            return false;
        }
        if (FlightEvents.areWanted()) {
            FlightEvents.Eviction event = new FlightEvents.Eviction();
            event.begin();
            long before = engine.kvBytes();
            evict(most, evictable);
            event.freed = before - engine.kvBytes();
            event.commit();
        } else {
            evict(most, evictable);
        }
        return true;
    }

    private void evict(long mostBytes, List<TokenSequence> evictable) {
        for (TokenSequence sequence : evictable) {
            // What others hold as well frees nothing: it stays to be found.
            int shared = sequence.cache().sharedLength();
            while (engine.kvBytes() > mostBytes && sequence.length() > shared) {
                int shorter = (sequence.length() - 1) / EVICTION_STEP * EVICTION_STEP;
                sequence.truncate(Math.max(shared, shorter));
            }
        }
        for (TokenSequence sequence : evictable) {
            if (engine.kvBytes() > mostBytes) {
                sequence.truncate(0);
            }
        }
        spare.removeIf(SequencePool::closeIfEmpty);
    }

    private static boolean closeIfEmpty(TokenSequence sequence) {
        if (sequence.length() > 0) {
            return false;
        }
        sequence.cache().close();
        return true;
    }

    /** The job that worked on a sequence has ended, or will not begin. */
    synchronized void giveBack(TokenSequence sequence) {
        sequence.leased = false;
        if (sequence.closed || (closed && sequence.use() != Use.PINNED)) {
            close(sequence);
            return;
        }
        switch (sequence.use()) {
            case PINNED -> {}
            case SESSION -> {
                idle.remove(sequence);
                idle.add(sequence);
            }
            case SPARE -> keep(sequence);
        }
    }

    private void keep(TokenSequence sequence) {
        LoraAdapter adapter = sequence.adapter();
        if (adapter != null && adapter.isClosed()) {
            close(sequence);
        } else if (!closeIfEmpty(sequence)) {
            List<TokenSequence> contained =
                    spare.stream().filter(sequence::startsWith).toList();
            contained.forEach(this::close);
            spare.add(sequence);
            trimSpare();
        }
    }

    private void trimSpare() {
        while (!spare.isEmpty() && (spare.size() > MOST_SPARE || spareBytes() > prefixCache)) {
            close(spare.iterator().next());
        }
    }

    private long spareBytes() {
        return engine.bytesHeldOnlyBy(spare.stream().map(TokenSequence::cache).toList());
    }

    /** Frees all that no job works on, and from now on what is given back. */
    @Override
    public synchronized void close() {
        closed = true;
        unused().forEach(this::close);
    }
}
