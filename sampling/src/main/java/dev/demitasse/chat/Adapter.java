package dev.demitasse.chat;

import dev.demitasse.core.model.LoraAdapter;
import java.nio.file.Path;

/**
 * A low-rank adapter (LoRA) beside the weights of a model: what fine-tuning added to them, in a file of its own. {@link
 * LanguageModel#loadAdapter} makes one; sessions and requests are given it, and those with and without adapters are
 * computed together. The model's weights are neither changed nor copied. Thread-safe.
 *
 * <p>An adapter must be closed only when no session is to begin with it any more; the sessions that have it need not be closed
 * before.
 */
public final class Adapter implements AutoCloseable {
    private final RawModel model;
    private final Path path;
    private final LoraAdapter factors;
    private volatile boolean closed;

    Adapter(RawModel model, Path path, LoraAdapter factors) {
        this.model = model;
        this.path = path;
        this.factors = factors;
    }

    /** Where it was loaded from. */
    public Path path() {
        return path;
    }

    /**
     * What a sequence of this model is computed with.
     *
     * @throws IllegalArgumentException if this adapter was loaded for another model
     * @throws IllegalStateException if it was closed
     */
    LoraAdapter factors(RawModel user) {
        if (user != model) {
            throw new IllegalArgumentException("the adapter " + path + " was loaded for another model: load it with"
                    + " loadAdapter of the model that is to use it");
        }
        if (closed) {
            throw new IllegalStateException("the adapter " + path + " was closed: nothing new can begin with it");
        }
        return factors;
    }

    /**
     * Begins nothing new with this adapter. Sessions that have it go on; its memory is freed with the last of them, or with
     * the model. Idempotent.
     */
    @Override
    public void close() {
        closed = true;
        factors.close();
        model.pool().forget(factors);
    }

    @Override
    public String toString() {
        return "Adapter[" + path + "]";
    }
}
