package dev.demitasse.core.model;

import dev.demitasse.core.kernels.PreparedMatrix;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A low-rank adapter (LoRA, Hu et al., 2021) for the projections of a decoder: where the model computes {@code W x}, a
 * sequence with the adapter gets {@code W x + scale B (A x)}. The model's own weights are neither changed nor copied.
 * Made by {@link LoraFile}; for sequences of the model that it was loaded for, whose KV caches are made with it.
 *
 * <p>The KV caches that were made with it hold it: {@link #close} frees its memory when the last of them is closed. For
 * any number of threads.
 */
public final class LoraAdapter implements AutoCloseable {
    /**
     * The factors of one matrix of the model.
     *
     * @param down {@code A [ranks, cols]}: where several projections are stacked in the matrix, their ranks follow each other
     * @param up {@code scale B [rows, ranks]}
     */
    record Factors(PreparedMatrix down, PreparedMatrix up) {
        int rank() {
            return down.rows();
        }

        void close() {
            down.close();
            up.close();
        }
    }

    /** The factors of a layer's matrices, as {@link DecoderWeights.Layer} has them; null where the adapter adds nothing. */
    record Layer(
            @Nullable Factors queryKeyValue,
            @Nullable Factors output,
            @Nullable Factors gateUp,
            @Nullable Factors down) {
        void close() {
            for (Factors factors : new @Nullable Factors[] {queryKeyValue, output, gateUp, down}) {
                if (factors != null) {
                    factors.close();
                }
            }
        }
    }

    private final List<Layer> layers;
    private final String fingerprint;

    /** The caches, and one for whoever loaded it. */
    private final AtomicInteger users = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean freed = new AtomicBoolean();

    LoraAdapter(List<Layer> layers, String fingerprint) {
        this.layers = List.copyOf(layers);
        this.fingerprint = fingerprint;
    }

    /** A digest of its factors: 64 hexadecimal digits, the same for the same adapter in another file format. */
    public String fingerprint() {
        return fingerprint;
    }

    Layer layer(int index) {
        return layers.get(index);
    }

    /** @throws IllegalStateException if its memory was freed */
    void use() {
        if (users.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw new IllegalStateException("this adapter was closed");
        }
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            free();
        }
    }

    /** True once it was closed: what is computed with it from now on is of use to nobody else. */
    public boolean isClosed() {
        return closed.get();
    }

    /** True once its memory was given back. */
    public boolean isFreed() {
        return freed.get();
    }

    /** No more caches are made with it; its memory is freed with the last that was. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release();
        }
    }

    /** Frees its memory, whoever holds it: no forward pass may run, now or later. Idempotent. */
    public void free() {
        if (freed.compareAndSet(false, true)) {
            layers.forEach(Layer::close);
        }
    }
}
