package dev.demitasse.core.model;

/** Told how far loading has come. Called by the thread that loads. */
@FunctionalInterface
public interface LoadProgress {
    /** Tells nobody. */
    LoadProgress NONE = (_, _) -> {};

    /** {@code done} of {@code total} bytes of weights are ready; called with 0 first and with {@code total} last. */
    void loaded(long done, long total);
}
