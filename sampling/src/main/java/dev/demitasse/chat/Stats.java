package dev.demitasse.chat;

import java.util.Locale;

/**
 * What a model has done since it was loaded, and what it is doing now: {@link LanguageModel#stats}. An immutable picture
 * of one moment; the sums count turns that have ended, cancelled ones included.
 */
public final class Stats {
    private final long turns;
    private final long failedTurns;
    private final long promptTokens;
    private final long cachedTokens;
    private final long completionTokens;
    private final int runningTurns;
    private final int waitingTurns;
    private final long kvBytes;
    private final long kvBudget;

    Stats(Tally tally, Scheduler scheduler, Engine engine) {
        this.turns = tally.turns.sum();
        this.failedTurns = tally.failures.sum();
        this.promptTokens = tally.promptTokens.sum();
        this.cachedTokens = tally.cachedTokens.sum();
        this.completionTokens = tally.completionTokens.sum();
        this.runningTurns = scheduler.running();
        this.waitingTurns = scheduler.waiting();
        this.kvBytes = engine.kvBytes();
        this.kvBudget = engine.kvBudget();
    }

    /** Turns that ended with a reply, whole or cut short. */
    public long turns() {
        return turns;
    }

    /** Turns that ended with an error after they were accepted. */
    public long failedTurns() {
        return failedTurns;
    }

    /** Tokens of the prompts of these turns, cached ones included. */
    public long promptTokens() {
        return promptTokens;
    }

    /** Of the prompts' tokens, those whose keys and values were still in memory: they cost nothing. */
    public long cachedTokens() {
        return cachedTokens;
    }

    /** Tokens that were generated. */
    public long completionTokens() {
        return completionTokens;
    }

    /** Turns and preloads that are computed now, together. */
    public int runningTurns() {
        return runningTurns;
    }

    /** Turns and preloads that wait for a place or for memory. */
    public int waitingTurns() {
        return waitingTurns;
    }

    /** Bytes that keys and values take now; what several sequences share counts once. */
    public long kvBytes() {
        return kvBytes;
    }

    /** Bytes that keys and values may take: {@link ModelLoader#kvBudget}. */
    public long kvBudget() {
        return kvBudget;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "Stats[%d turns, %d failed, %d prompt tokens, %d of them cached, %d completion tokens, %d running, %d"
                        + " waiting, %d of %d KV bytes]",
                turns,
                failedTurns,
                promptTokens,
                cachedTokens,
                completionTokens,
                runningTurns,
                waitingTurns,
                kvBytes,
                kvBudget);
    }
}
