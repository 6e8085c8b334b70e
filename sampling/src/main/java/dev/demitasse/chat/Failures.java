package dev.demitasse.chat;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.model.KvBudgetException;

/** Failures on their way from the model's thread to the one that waits. */
final class Failures {
    private Failures() {}

    /** The failure itself if it is unchecked, for {@code throw}; errors are thrown here. */
    static RuntimeException asUnchecked(Throwable failure) {
        return switch (failure) {
            case RuntimeException exception -> exception;
            case Error error -> throw error;
            default -> new DemitasseException("the model's thread failed: " + failure, failure);
        };
    }

    /** What an application is told of a turn that failed. */
    static Throwable ofTurn(Throwable failure) {
        return switch (failure) {
            case OutOfMemoryError error ->
                new ModelBusyException("there is no memory left for this turn: " + error.getMessage(), error);
            case KvBudgetException exception ->
                new ModelBusyException(String.valueOf(exception.getMessage()), exception);
            case FileFormatException exception -> LoadFailures.of(exception);
            default -> failure;
        };
    }
}
