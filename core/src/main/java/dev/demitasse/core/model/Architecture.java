package dev.demitasse.core.model;

/** The model families that {@link Decoder} runs; they differ in data only. */
public enum Architecture {
    /** Qwen2 and Qwen2.5: queries, keys and values have a bias. */
    QWEN2("qwen2", "Qwen2ForCausalLM", true, false),
    /** Qwen3: each head of queries and keys is normalised before it is rotated. */
    QWEN3("qwen3", "Qwen3ForCausalLM", false, true),
    /** Llama: neither. */
    LLAMA("llama", "LlamaForCausalLM", false, false);

    private final String id;
    private final String className;
    private final boolean queryKeyValueBias;
    private final boolean queryKeyNorm;

    Architecture(String id, String className, boolean queryKeyValueBias, boolean queryKeyNorm) {
        this.id = id;
        this.className = className;
        this.queryKeyValueBias = queryKeyValueBias;
        this.queryKeyNorm = queryKeyNorm;
    }

    /** Name in GGUF ({@code general.architecture}) and in {@code config.json} ({@code model_type}). */
    public String id() {
        return id;
    }

    /** The class that {@code config.json} names under {@code architectures}. */
    String className() {
        return className;
    }

    /** Whether the projections to queries, keys and values add a bias. */
    public boolean hasQueryKeyValueBias() {
        return queryKeyValueBias;
    }

    /** Whether each head of queries and keys has an RMSNorm. */
    public boolean hasQueryKeyNorm() {
        return queryKeyNorm;
    }
}
