package dev.demitasse.core.model;

import dev.demitasse.core.kernels.PreparedMatrix;
import java.util.List;

/**
 * The weights of a decoder, in the form its kernels want. Read only, for any number of threads.
 *
 * @param embedding {@code [vocabulary, hidden]}
 * @param layers in order
 * @param finalNorm {@code [hidden]}
 * @param head {@code [vocabulary, hidden]}; the same object as {@code embedding} when they are tied
 */
public record DecoderWeights(PreparedMatrix embedding, List<Layer> layers, float[] finalNorm, PreparedMatrix head)
        implements AutoCloseable {

    /**
     * The weights of one layer.
     *
     * @param inputNorm {@code [hidden]}
     * @param queryKeyValue {@code [(heads + 2 * kvHeads) * headDim, hidden]}: rows of queries, of keys, of values
     * @param queryKeyValueBias {@code [(heads + 2 * kvHeads) * headDim]}, or empty
     * @param queryNorm {@code [headDim]}, or empty
     * @param keyNorm {@code [headDim]}, or empty
     * @param output {@code [hidden, heads * headDim]}
     * @param postAttentionNorm {@code [hidden]}
     * @param gateUp {@code [2 * intermediate, hidden]}: rows of the gate, then of up
     * @param down {@code [hidden, intermediate]}
     */
    public record Layer(
            float[] inputNorm,
            PreparedMatrix queryKeyValue,
            float[] queryKeyValueBias,
            float[] queryNorm,
            float[] keyNorm,
            PreparedMatrix output,
            float[] postAttentionNorm,
            PreparedMatrix gateUp,
            PreparedMatrix down) {}

    /** Copies the lists. */
    public DecoderWeights {
        layers = List.copyOf(layers);
    }

    /** Frees the matrices. No forward pass may run, now or later. Idempotent. */
    @Override
    public void close() {
        embedding.close();
        head.close();
        for (Layer layer : layers) {
            layer.queryKeyValue().close();
            layer.output().close();
            layer.gateUp().close();
            layer.down().close();
        }
    }
}
