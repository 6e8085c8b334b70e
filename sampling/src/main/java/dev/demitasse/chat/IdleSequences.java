package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sequences of stateless requests that have ended, kept because the next request of the same conversation begins with
 * their tokens. A bounded number; the least recently used one goes first. Thread-safe.
 */
final class IdleSequences implements AutoCloseable {
    // Conversations that alternate at one model; each holds its pages until it is pushed out.
    private static final int MOST = 8;
    // The part of a sequence that may be overwritten: one in so many tokens.
    private static final int MOST_LOST = 8;

    private final RawModel model;

    /** Least recently used first. */
    private final List<TokenSequence> idle = new ArrayList<>();

    private boolean closed;

    IdleSequences(RawModel model) {
        this.model = model;
    }

    /**
     * A sequence for a prompt: the one that shares most with it. Where that would destroy what another conversation may
     * still want, it is a fork, which shares memory.
     */
    synchronized TokenSequence take(int[] prompt) {
        TokenSequence best = null;
        int longest = 0;
        for (TokenSequence candidate : idle) {
            int shared = candidate.commonPrefix(prompt);
            if (shared > longest) {
                longest = shared;
                best = candidate;
            }
        }
        return best == null ? model.newTokenSequence() : take(best, longest);
    }

    private TokenSequence take(TokenSequence best, int shared) {
        // The same conversation gone on differs at its very end only, if at all.
        int lost = best.length() - shared;
        if (lost > best.length() / MOST_LOST) {
            return best.fork();
        }
        idle.remove(best);
        return best;
    }

    /** Takes a sequence back. */
    void giveBack(TokenSequence sequence) {
        TokenSequence surplus = keep(sequence);
        if (surplus != null) {
            surplus.close();
        }
    }

    private synchronized @Nullable TokenSequence keep(TokenSequence sequence) {
        if (closed) {
            return sequence;
        }
        idle.add(sequence);
        return idle.size() > MOST ? idle.removeFirst() : null;
    }

    @Override
    public synchronized void close() {
        closed = true;
        idle.forEach(TokenSequence::close);
        idle.clear();
    }
}
