package dev.demitasse.chat;

import java.util.concurrent.CompletableFuture;

/** Reads a text and pools the hidden states of its tokens; a thread waits for it. */
final class EmbedJob extends Job {
    private final CompletableFuture<float[]> embedding = new CompletableFuture<>();
    private final Pooling pooling;
    private final double[] sum; // [hidden]
    private volatile boolean cancelled;

    /** @param sequence empty, since hidden states are not kept with keys and values */
    EmbedJob(TokenSequence sequence, int[] tokens, Pooling pooling, int hiddenSize) {
        super(sequence, tokens);
        this.pooling = pooling;
        this.sum = new double[hiddenSize];
    }

    /** Waits for the embedding, of length 1; an interrupt cancels and stays set. */
    float[] await() {
        return Failures.await(embedding, this::cancel);
    }

    void cancel() {
        cancelled = true;
    }

    @Override
    boolean continuesSequence() {
        return true;
    }

    @Override
    int finalLength() {
        return prompt().length;
    }

    @Override
    Engine.Logits promptLogitsWanted() {
        return Engine.Logits.HIDDEN;
    }

    @Override
    void promptHidden(int position, float[] hidden) {
        if (pooling == Pooling.MEAN || position == prompt().length - 1) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += hidden[i];
            }
        }
    }

    @Override
    int next(float[] logits) {
        return END;
    }

    /** The mean has the direction of the sum. */
    @Override
    void completed() {
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        double factor = squares == 0 ? 0 : 1 / Math.sqrt(squares);
        float[] unit = new float[sum.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (sum[i] * factor);
        }
        embedding.complete(unit);
    }

    @Override
    boolean stopRequested() {
        return cancelled;
    }

    @Override
    void stopped() {
        embedding.cancel(false);
    }

    @Override
    void failed(Throwable failure) {
        embedding.completeExceptionally(Failures.ofTurn(failure));
    }
}
