package dev.demitasse.chat;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Appends tokens to a sequence and generates nothing; a thread waits for it. */
final class AppendJob extends Job {
    /** Takes the logits of one position: {@code [vocab]}, to be copied if they are kept. Runs on the model's thread. */
    @FunctionalInterface
    interface LogitsSink {
        void accept(int position, float[] logits);
    }

    private static final LogitsSink NOWHERE = (_, _) -> {};

    private final CompletableFuture<Boolean> complete = new CompletableFuture<>();
    private final Engine.Logits wanted;
    private final LogitsSink sink;
    private final int lastPosition;
    private volatile boolean cancelled;

    AppendJob(TokenSequence sequence, int[] tokens, int cached) {
        this(sequence, tokens, cached, Engine.Logits.LAST, NOWHERE);
    }

    /** @param wanted ALL or LAST */
    AppendJob(TokenSequence sequence, int[] tokens, int cached, Engine.Logits wanted, LogitsSink sink) {
        super(sequence, tokens, cached);
        this.wanted = wanted;
        this.sink = sink;
        this.lastPosition = tokens.length - 1;
    }

    /**
     * Waits for the end; an interrupt cancels and stays set.
     *
     * @return false if the job was cancelled
     */
    boolean await() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return complete.get();
                } catch (InterruptedException _) {
                    interrupted = true;
                    cancel();
                }
            }
        } catch (ExecutionException e) {
            throw Failures.asUnchecked(Objects.requireNonNullElse(e.getCause(), e));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void cancel() {
        cancelled = true;
    }

    @Override
    Engine.Logits promptLogitsWanted() {
        return wanted;
    }

    @Override
    void promptLogits(int position, float[] logits) {
        sink.accept(position, logits);
    }

    @Override
    int next(float[] logits) {
        if (wanted == Engine.Logits.LAST) {
            sink.accept(lastPosition, logits);
        }
        complete.complete(true);
        return END;
    }

    @Override
    boolean stopRequested() {
        return cancelled;
    }

    @Override
    void stopped() {
        complete.complete(false);
    }

    @Override
    void failed(Throwable failure) {
        complete.completeExceptionally(Failures.ofTurn(failure));
    }
}
