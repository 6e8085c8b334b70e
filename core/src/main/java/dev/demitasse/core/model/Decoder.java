package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;
import java.util.List;

/**
 * A decoder-only transformer: tokens in, logits out. Qwen2, Qwen3 and Llama are the same pass over different data.
 *
 * <p>One thread at a time may run forward passes, since they share the workers; between the layers of one pass it may
 * run another, of another batch.
 */
public final class Decoder {
    /**
     * Rows that a prefill block should have. A block of weights is unpacked once for all rows, which is paid off at
     * about a hundred; more rows only take more scratch memory (75 KB each for Qwen2.5-0.5B).
     */
    public static final int PREFILL_ROWS = 256;

    /** Asked before each layer whether to go on. */
    @FunctionalInterface
    public interface LayerCheck {
        /** Always goes on. */
        LayerCheck NEVER_STOP = _ -> true;

        /**
         * Returns false to give up the pass.
         *
         * @param layer the layer to come, from 0
         */
        boolean goOn(int layer);
    }

    private final DecoderConfig config;
    private final DecoderWeights weights;
    private final Kernels kernels;
    private final Workers workers;
    private final RotaryTable rotary;
    private final int contextSize;

    /**
     * Makes a decoder.
     *
     * @param weights prepared by {@code kernels}, in the shapes that {@code config} says
     * @param workers who does the work; the caller closes them, when no pass runs any more
     * @param contextSize positions that a sequence may have, at most what the model was trained for
     */
    public Decoder(DecoderConfig config, DecoderWeights weights, Kernels kernels, Workers workers, int contextSize) {
        if (contextSize < 1 || contextSize > config.contextLength()) {
            throw new IllegalArgumentException("a context of " + contextSize
                    + " positions is not possible: the model was trained for 1 to " + config.contextLength());
        }
        this.config = config;
        this.weights = weights;
        this.kernels = kernels;
        this.workers = workers;
        this.contextSize = contextSize;
        this.rotary = new RotaryTable(contextSize, config.headDim(), config.ropeTheta());
    }

    /** Bytes of a batch's scratch memory, without the logits: {@code vocabulary} floats for each row that wants them. */
    public static long scratchBytes(DecoderConfig config, int capacity) {
        return Activations.bytes(config, capacity);
    }

    /** The model's sizes. */
    public DecoderConfig config() {
        return config;
    }

    /** Positions that a sequence may have. */
    public int contextSize() {
        return contextSize;
    }

    /**
     * Makes an empty batch with its scratch memory.
     *
     * @param capacity rows it can hold; {@link #PREFILL_ROWS} suits prompts
     */
    public Batch newBatch(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a batch must hold at least 1 row, got " + capacity);
        }
        return new Batch(config, kernels, workers, rotary, contextSize, capacity);
    }

    /** Runs a batch to its end; see {@link #forward(Batch, LayerCheck)}. */
    public void forward(Batch batch) {
        forward(batch, LayerCheck.NEVER_STOP);
    }

    /**
     * Runs a batch: appends its rows to their caches and computes the logits of those rows that want them. If the pass
     * fails or is stopped, all caches are as they were before.
     *
     * @return whether the pass went to its end
     * @throws KvBudgetException if there is no memory for the new positions
     */
    public boolean forward(Batch batch, LayerCheck check) {
        batch.begin();
        boolean complete = false;
        try {
            complete = run(batch, check);
        } finally {
            if (complete) {
                batch.commit();
            } else {
                batch.rollback();
            }
        }
        return complete;
    }

    /**
     * Gives what the last layer made of a row, after the final norm: what the logits are computed from.
     *
     * @param batch whose last pass went to its end
     * @param row as {@link Batch#add} numbered it, whether it wanted logits or not
     * @param out {@code [hidden]}, overwritten
     * @throws IllegalStateException if the batch was not computed since it was last changed
     */
    public void readHidden(Batch batch, int row, float[] out) {
        batch.requireComputed(row);
        int hidden = config.hiddenSize();
        kernels.rmsNorm(batch.activations().x, row * hidden, weights.finalNorm(), config.rmsNormEps(), out, 0, hidden);
    }

    private boolean run(Batch batch, LayerCheck check) {
        int rows = batch.size();
        Activations activations = batch.activations();
        List<DecoderWeights.Layer> layers = weights.layers();
        embed(batch);
        for (int i = 0; i < layers.size(); i++) {
            if (!check.goOn(i)) {
                return false;
            }
            DecoderWeights.Layer layer = layers.get(i);
            batch.rmsNorm().forward(layer.inputNorm(), rows);
            batch.attention().forward(layer, i);
            kernels.add(activations.x, 0, activations.projected, 0, rows * config.hiddenSize()); // residual
            batch.rmsNorm().forward(layer.postAttentionNorm(), rows);
            batch.feedForward().forward(layer, i, rows);
            kernels.add(activations.x, 0, activations.projected, 0, rows * config.hiddenSize()); // residual
        }
        logits(batch);
        return true;
    }

    /** {@code tokens [rows] -> x [rows, hidden]}. */
    private void embed(Batch batch) {
        for (int row = 0; row < batch.size(); row++) {
            kernels.readRow(weights.embedding(), batch.token(row), batch.activations().x, row * config.hiddenSize());
        }
    }

    /** {@code x [rows, hidden] -> logits [rows that want them, vocabulary]}. */
    private void logits(Batch batch) {
        int hidden = config.hiddenSize();
        float[] normed = batch.activations().normed; // [rows that want logits, hidden]
        int wanted = 0;
        for (int row = 0; row < batch.size(); row++) {
            if (batch.wantsLogits(row)) {
                float[] x = batch.activations().x;
                kernels.rmsNorm(
                        x, row * hidden, weights.finalNorm(), config.rmsNormEps(), normed, wanted * hidden, hidden);
                wanted++;
            }
        }
        if (wanted > 0) {
            // [vocabulary, hidden] @ [rows that want logits, hidden] -> [rows that want logits, vocabulary]
            kernels.multiply(weights.head(), normed, wanted, batch.logits(), workers);
        }
    }
}
