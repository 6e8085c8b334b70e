package dev.demitasse.core.model;

/**
 * The sizes and constants of a decoder, checked when they were read from a file.
 *
 * @param architecture the model family
 * @param layers attention and feed-forward blocks
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the feed-forward block
 * @param heads query heads, a multiple of {@code kvHeads}
 * @param kvHeads key and value heads
 * @param headDim width of a head, even
 * @param vocabularySize rows of the embedding
 * @param contextLength positions the model was trained for
 * @param ropeTheta base of the rotary frequencies
 * @param rmsNormEps what RMSNorm adds to the mean square
 * @param tied whether the LM head is the embedding
 */
public record DecoderConfig(
        Architecture architecture,
        int layers,
        int hiddenSize,
        int intermediateSize,
        int heads,
        int kvHeads,
        int headDim,
        int vocabularySize,
        int contextLength,
        float ropeTheta,
        float rmsNormEps,
        boolean tied) {

    /** Width of all query heads together. */
    public int querySize() {
        return heads * headDim;
    }

    /** Width of all key heads together, and of all value heads. */
    public int keySize() {
        return kvHeads * headDim;
    }

    /** Width of queries, keys and values together. */
    public int queryKeyValueSize() {
        return querySize() + 2 * keySize();
    }
}
