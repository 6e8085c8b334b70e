package dev.demitasse.chat;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.model.KvBudgetException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

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

    /** Waits for a result, whatever happens; an interrupt stays set. */
    static <T> T await(Future<T> future) {
        return await(future, () -> {});
    }

    /**
     * Waits for a result, whatever happens; an interrupt stays set.
     *
     * @param onInterrupt called when the thread is interrupted: it may hasten the result
     */
    static <T> T await(Future<T> future, Runnable onInterrupt) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException _) {
                    interrupted = true;
                    onInterrupt.run();
                }
            }
        } catch (ExecutionException e) {
            throw asUnchecked(Objects.requireNonNullElse(e.getCause(), e));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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
