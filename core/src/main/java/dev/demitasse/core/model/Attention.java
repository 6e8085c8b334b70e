package dev.demitasse.core.model;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;

/**
 * The attention block, with grouped queries (GQA, Ainslie et al., 2023): project to queries, keys and values; tell them
 * their position; keep keys and values in the caches; attend; project back.
 */
final class Attention {
    private final Kernels kernels;
    private final Workers workers;
    private final Batch batch;
    private final Activations activations;
    private final RotaryTable rotary;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final int querySize; // heads * headDim
    private final int keySize; // kvHeads * headDim
    private final int rowSize; // querySize + 2 * keySize
    private final float eps;
    private final CausalAttention causal;
    private final RowTask positionRows = new RowTask(this::positionRow);
    private final Workers.Task sealBlocks = this::sealBlock;
    private float[] bias = {}; // [rowSize], or empty
    private float[] queryNorm = {}; // [headDim], or empty
    private float[] keyNorm = {}; // [headDim], or empty
    private int layerIndex;

    Attention(DecoderConfig config, Kernels kernels, Workers workers, RotaryTable rotary, Batch batch) {
        this.kernels = kernels;
        this.workers = workers;
        this.batch = batch;
        this.activations = batch.activations();
        this.rotary = rotary;
        this.heads = config.heads();
        this.kvHeads = config.kvHeads();
        this.headDim = config.headDim();
        this.querySize = config.querySize();
        this.keySize = config.keySize();
        this.rowSize = config.queryKeyValueSize();
        this.eps = config.rmsNormEps();
        this.causal = new CausalAttention(config, kernels, workers, batch);
    }

    /** {@code normed [rows, hidden] -> projected [rows, hidden]}; the caches' reserved positions are filled. */
    void forward(DecoderWeights.Layer layer, int index) {
        layerIndex = index;
        bias = layer.queryKeyValueBias();
        queryNorm = layer.queryNorm();
        keyNorm = layer.keyNorm();
        int rows = batch.size();
        // [(heads + 2 * kvHeads) * headDim, hidden] @ [rows, hidden] -> [rows, (heads + 2 * kvHeads) * headDim]
        kernels.multiply(layer.queryKeyValue(), activations.normed, rows, activations.queryKeyValue, workers);
        batch.adapted().add(index, LoraAdapter.Layer::queryKeyValue, activations.normed, activations.queryKeyValue);
        positionRows.run(rows, workers);
        workers.run(batch.tiles().count(), sealBlocks);
        causal.forward(layerIndex);
        // [hidden, heads * headDim] @ [rows, heads * headDim] -> [rows, hidden]
        kernels.multiply(layer.output(), activations.attended, rows, activations.projected, workers);
        batch.adapted().add(index, LoraAdapter.Layer::output, activations.attended, activations.projected);
    }

    private void positionRow(int row) {
        float[] vectors = activations.queryKeyValue;
        int queries = row * rowSize; // [heads, headDim]
        int keys = queries + querySize; // [kvHeads, headDim]
        int values = keys + keySize; // [kvHeads, headDim]
        if (bias.length > 0) {
            kernels.add(vectors, queries, bias, 0, rowSize);
        }
        int table = rotary.offset(batch.position(row));
        for (int head = 0; head < heads; head++) {
            rotate(vectors, queries + head * headDim, queryNorm, table);
        }
        for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
            int key = keys + kvHead * headDim;
            rotate(vectors, key, keyNorm, table);
            batch.cache(row)
                    .store(layerIndex, kvHead, batch.position(row), vectors, key, vectors, values + kvHead * headDim);
        }
    }

    private void rotate(float[] vectors, int head, float[] norm, int table) {
        if (norm.length > 0) {
            kernels.rmsNorm(vectors, head, norm, eps, vectors, head, headDim);
        }
        kernels.rope(vectors, head, rotary.cos(), rotary.sin(), table, headDim);
    }

    private void sealBlock(int worker, int tile) {
        int lastRow = batch.tiles().end(tile) - 1;
        int position = batch.position(lastRow);
        KvCache cache = batch.cache(lastRow);
        if (cache.isSealing() && (position + 1) % BLOCK_POSITIONS == 0) {
            for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
                cache.seal(layerIndex, kvHead, position / BLOCK_POSITIONS);
            }
        }
    }
}
