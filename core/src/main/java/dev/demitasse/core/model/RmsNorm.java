package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;

/** RMSNorm of every row of a batch: {@code x [rows, hidden] -> normed [rows, hidden]}. */
final class RmsNorm {
    private final Kernels kernels;
    private final Workers workers;
    private final Activations activations;
    private final int hiddenSize;
    private final float eps;
    private final RowTask normRows = new RowTask(this::normRow);
    private float[] weight = {}; // [hidden]

    RmsNorm(DecoderConfig config, Kernels kernels, Workers workers, Activations activations) {
        this.kernels = kernels;
        this.workers = workers;
        this.activations = activations;
        this.hiddenSize = config.hiddenSize();
        this.eps = config.rmsNormEps();
    }

    void forward(float[] normWeight, int rows) {
        weight = normWeight;
        normRows.run(rows, workers);
    }

    private void normRow(int row) {
        int offset = row * hiddenSize;
        kernels.rmsNorm(activations.x, offset, weight, eps, activations.normed, offset, hiddenSize);
    }
}
