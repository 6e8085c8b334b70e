package dev.demitasse.benchmarks;

/**
 * The dimensions of a Qwen2 model whose head is tied to its embedding.
 *
 * @param hidden width of the residual stream
 * @param intermediate width of the feed-forward block
 * @param layers number of layers
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param vocabulary rows of the embedding
 * @param context most positions of a sequence
 */
record ModelShape(int hidden, int intermediate, int layers, int heads, int kvHeads, int vocabulary, int context) {
    /** From the model's {@code config.json}. */
    static final ModelShape QWEN25_05B = new ModelShape(896, 4864, 24, 14, 2, 151_936, 32_768);

    /** Width of all key heads together, and of all value heads. */
    int kvWidth() {
        return hidden / heads * kvHeads;
    }
}
