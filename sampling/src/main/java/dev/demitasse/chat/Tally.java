package dev.demitasse.chat;

import java.util.concurrent.atomic.LongAdder;

/** Counts what the turns of a model took. Thread-safe. */
final class Tally {
    final LongAdder turns = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder promptTokens = new LongAdder();
    final LongAdder cachedTokens = new LongAdder();
    final LongAdder completionTokens = new LongAdder();

    void add(Usage usage) {
        turns.increment();
        promptTokens.add(usage.promptTokens());
        cachedTokens.add(usage.cachedTokens());
        completionTokens.add(usage.completionTokens());
    }

    void addFailure() {
        failures.increment();
    }
}
