package dev.demitasse.chat;

import java.util.concurrent.CompletableFuture;

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
    private final boolean continuesSequence;
    private final int finalLength;
    private volatile boolean cancelled;

    /** Lets the sequence hold these tokens, no more and no less. */
    AppendJob(TokenSequence sequence, int[] tokens) {
        super(sequence, tokens);
        this.wanted = Engine.Logits.LAST;
        this.sink = NOWHERE;
        this.continuesSequence = false;
        this.finalLength = tokens.length;
    }

    /**
     * Appends tokens to what the sequence holds.
     *
     * @param wanted ALL or LAST
     */
    AppendJob(TokenSequence sequence, int[] tokens, Engine.Logits wanted, LogitsSink sink) {
        super(sequence, tokens);
        this.wanted = wanted;
        this.sink = sink;
        this.continuesSequence = true;
        this.finalLength = sequence.length() + tokens.length;
    }

    /**
     * Waits for the end; an interrupt cancels and stays set.
     *
     * @return false if the job was cancelled
     */
    boolean await() {
        return Failures.await(complete, this::cancel);
    }

    void cancel() {
        cancelled = true;
    }

    @Override
    boolean continuesSequence() {
        return continuesSequence;
    }

    @Override
    int finalLength() {
        return finalLength;
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
            sink.accept(prompt().length - 1, logits);
        }
        return END;
    }

    @Override
    void completed() {
        complete.complete(true);
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
