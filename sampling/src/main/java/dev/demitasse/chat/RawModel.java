package dev.demitasse.chat;

import dev.demitasse.core.model.LoraAdapter;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model without its language: token ids in, logits or token ids out. The layer under {@link LanguageModel}, for tools
 * that compare or measure models, and for weights that come without a tokenizer. Heavy, immutable, thread-safe.
 *
 * {@snippet :
 * try (var model = RawModel.load(Path.of("model.safetensors")); var sequence = model.newSequence()) {
 *     float[] logits = sequence.append(100, 200, 300);
 * }
 * }
 */
public final class RawModel implements AutoCloseable {
    private static final int WARM_UP_PROMPT = 16;
    private static final int WARM_UP_ROUNDS = 3;

    private final Engine engine;
    private final @Nullable LoraAdapter adapter;
    private final SequencePool pool;
    private final Scheduler scheduler;
    private final ModelInfo info;
    private final Cleaner cleaner = Cleaner.create();

    /** Takes over the engine. */
    RawModel(Engine engine, ModelInfo info, Limits limits) {
        this(engine, info, limits, null);
    }

    /**
     * Takes over the engine.
     *
     * @param adapter of all sequences for which no other is asked, or null
     */
    RawModel(Engine engine, ModelInfo info, Limits limits, @Nullable LoraAdapter adapter) {
        this.engine = engine;
        this.adapter = adapter;
        this.info = info;
        this.pool = new SequencePool(engine, limits.prefixCache());
        this.scheduler = new Scheduler(engine, pool, limits, "demitasse-" + info.name());
    }

    /**
     * Loads weights: a GGUF file, a folder with {@code config.json} and safetensors, or one such file beside its
     * {@code config.json}. {@link LanguageModel#loader()} has settings, and {@link ModelLoader#loadRaw}.
     *
     * @throws ModelLoadException if that is not possible: one of its subtypes says why
     */
    public static RawModel load(Path path) {
        return new ModelLoader().loadRaw(path);
    }

    /** What was loaded, and how it runs. */
    public ModelInfo info() {
        return info;
    }

    /** Number of token ids. */
    public int vocabularySize() {
        return engine.vocabularySize();
    }

    /** Most tokens a sequence may have. */
    public int contextSize() {
        return engine.contextSize();
    }

    /** An empty sequence. */
    public RawSequence newSequence() {
        return new RawSequence(this, open(TokenSequence.Use.PINNED));
    }

    /** Computes a few tokens: a prompt of several and one after it, so that both kinds of pass are compiled. */
    void warmUp() {
        try (RawSequence sequence = newSequence()) {
            int[] prompt = new int[Math.min(WARM_UP_PROMPT, contextSize() - 1)];
            for (int round = 0; round < WARM_UP_ROUNDS && prompt.length > 0; round++) {
                sequence.truncate(0);
                sequence.append(prompt);
                sequence.append(0);
            }
        }
    }

    /** @throws IllegalArgumentException if there are none, or one is not in the vocabulary */
    void requireTokens(int[] tokens) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException("there are no tokens: expected at least one");
        }
        for (int token : tokens) {
            if (token < 0 || token >= vocabularySize()) {
                throw new IllegalArgumentException(
                        "token " + token + " is not in the vocabulary: expected 0 to " + (vocabularySize() - 1));
            }
        }
    }

    /** What a sequence is computed with besides the weights if this adapter was asked for, or none. */
    @Nullable
    LoraAdapter factors(@Nullable Adapter asked) {
        return asked == null ? adapter : asked.factors(this);
    }

    TokenSequence open(TokenSequence.Use use) {
        return open(use, adapter);
    }

    TokenSequence open(TokenSequence.Use use, @Nullable LoraAdapter factors) {
        if (scheduler.isClosed()) {
            throw new ModelClosedException("the model was closed");
        }
        return pool.open(use, factors);
    }

    /** Frees the sequence's memory when nobody can use its owner any more: for owners that were not closed. */
    void closeWhenUnreachable(Object owner, TokenSequence sequence) {
        var _ = cleaner.register(owner, () -> pool.close(sequence));
    }

    Scheduler scheduler() {
        return scheduler;
    }

    SequencePool pool() {
        return pool;
    }

    Engine engine() {
        return engine;
    }

    /** Ends what runs with {@link ModelClosedException}, and frees the threads and the weights. Idempotent. */
    @Override
    public void close() {
        scheduler.close();
        pool.close();
    }
}
