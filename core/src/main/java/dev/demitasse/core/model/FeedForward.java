package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;

/** The feed-forward block: SwiGLU (Shazeer, 2020), {@code down(silu(gate(x)) * up(x))}. */
final class FeedForward {
    private final Kernels kernels;
    private final Workers workers;
    private final Activations activations;
    private final AdaptedRows adapted;
    private final int intermediateSize;
    private final RowTask gateRows = new RowTask(this::gateRow);

    FeedForward(DecoderConfig config, Kernels kernels, Workers workers, Activations activations, AdaptedRows adapted) {
        this.kernels = kernels;
        this.workers = workers;
        this.activations = activations;
        this.adapted = adapted;
        this.intermediateSize = config.intermediateSize();
    }

    /** {@code normed [rows, hidden] -> projected [rows, hidden]}. */
    void forward(DecoderWeights.Layer layer, int index, int rows) {
        // [2 * intermediate, hidden] @ [rows, hidden] -> [rows, 2 * intermediate]
        kernels.multiply(layer.gateUp(), activations.normed, rows, activations.gateUp, workers);
        adapted.add(index, LoraAdapter.Layer::gateUp, activations.normed, activations.gateUp);
        gateRows.run(rows, workers);
        // [hidden, intermediate] @ [rows, intermediate] -> [rows, hidden]
        kernels.multiply(layer.down(), activations.gated, rows, activations.projected, workers);
        adapted.add(index, LoraAdapter.Layer::down, activations.gated, activations.projected);
    }

    private void gateRow(int row) {
        float[] gateUp = activations.gateUp; // [rows, gate and up, intermediate]
        int gate = row * 2 * intermediateSize;
        int up = gate + intermediateSize;
        int out = row * intermediateSize;
        kernels.siluMultiply(gateUp, gate, gateUp, up, activations.gated, out, intermediateSize);
    }
}
