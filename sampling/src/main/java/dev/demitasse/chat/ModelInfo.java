package dev.demitasse.chat;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a model is and how it runs here. Immutable. */
public final class ModelInfo {
    /**
     * What the model's file says.
     *
     * @param weightBytes bytes by tensor type, largest first
     */
    record Facts(
            String name,
            String architecture,
            int layers,
            int hiddenSize,
            int intermediateSize,
            int heads,
            int kvHeads,
            int headDim,
            int vocabularySize,
            int trainedContext,
            long parameters,
            Map<String, Long> weightBytes,
            @Nullable String licence) {}

    /** How it runs. */
    record Setup(
            int contextSize, int threads, KvType kvType, Precision precision, String kernels, String kernelReason) {}

    private final Facts facts;
    private final Setup setup;

    ModelInfo(Facts facts, Setup setup) {
        this.facts = facts;
        this.setup = setup;
    }

    /** Of a model whose replies are written down. */
    static ModelInfo withoutWeights(ModelLanguage language, int contextSize) {
        int vocabulary = language.tokenizer().vocabulary().size();
        return new ModelInfo(
                new Facts("scripted", "none", 0, 0, 0, 0, 0, 0, vocabulary, contextSize, 0, Map.of(), null),
                new Setup(contextSize, 1, KvType.F32, Precision.EXACT, "none", "there are no weights"));
    }

    /** The model's own name, else that of its file. */
    public String name() {
        return facts.name();
    }

    /** The family: {@code "qwen2"}. */
    public String architecture() {
        return facts.architecture();
    }

    /** Attention and feed-forward blocks. */
    public int layers() {
        return facts.layers();
    }

    /** Width of the residual stream. */
    public int hiddenSize() {
        return facts.hiddenSize();
    }

    /** Width of the feed-forward block. */
    public int intermediateSize() {
        return facts.intermediateSize();
    }

    /** Query heads. */
    public int heads() {
        return facts.heads();
    }

    /** Key and value heads. */
    public int kvHeads() {
        return facts.kvHeads();
    }

    /** Width of a head. */
    public int headDim() {
        return facts.headDim();
    }

    /** Number of token ids. */
    public int vocabularySize() {
        return facts.vocabularySize();
    }

    /** Tokens the model was trained to read at once. */
    public int trainedContext() {
        return facts.trainedContext();
    }

    /** Number of weights. */
    public long parameters() {
        return facts.parameters();
    }

    /** Bytes of weights by the type that they are loaded in, largest first: {@code {Q8_0=..., F32=...}}. */
    public Map<String, Long> weightBytes() {
        return facts.weightBytes();
    }

    /** The licence as the file names it, or null if it does not. */
    public @Nullable String licence() {
        return facts.licence();
    }

    /** Most tokens a conversation may have here. */
    public int contextSize() {
        return setup.contextSize();
    }

    /** Threads that compute. */
    public int threads() {
        return setup.threads();
    }

    /** How keys and values of past tokens are kept. */
    public KvType kvType() {
        return setup.kvType();
    }

    /** How exactly the model computes. */
    public Precision precision() {
        return setup.precision();
    }

    /** The kernels in use: {@code "vector-512"}, {@code "scalar"}. */
    public String kernels() {
        return setup.kernels();
    }

    /** Why these kernels: a sentence. */
    public String kernelReason() {
        return setup.kernelReason();
    }

    @Override
    public String toString() {
        return facts.name() + " (" + facts.architecture() + ", " + facts.parameters() + " parameters, "
                + facts.weightBytes().keySet() + "), context " + setup.contextSize() + ", " + setup.kernels()
                + " kernels, " + setup.threads() + " threads";
    }
}
