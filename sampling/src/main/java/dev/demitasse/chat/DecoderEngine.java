package dev.demitasse.chat;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.model.Batch;
import dev.demitasse.core.model.Decoder;
import dev.demitasse.core.model.DecoderWeights;
import dev.demitasse.core.model.KvCache;
import dev.demitasse.core.model.KvPages;
import dev.demitasse.core.model.LoraAdapter;
import dev.demitasse.core.model.LoraFile;
import dev.demitasse.core.model.ModelFile;
import dev.demitasse.core.runtime.Workers;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The engine with weights: spans become rows of a batch. */
final class DecoderEngine implements Engine {
    /**
     * What the engine owns, in the order in which it is made.
     *
     * @param file stays open, so that each pass can ask whether it is still whole
     */
    record Parts(
            ModelFile file, Kernels kernels, DecoderWeights weights, Workers workers, KvPages pages, Decoder decoder) {}

    private final Parts parts;
    private final Batch batch;
    private final float[] logits; // [vocabulary]
    private final int[] logitsRows; // [rows]: rows of the batch that wanted anything, in order
    private final float[] hidden;
    private @Nullable String fingerprint;
    private final List<LoraAdapter> adapters = new ArrayList<>();
    private boolean closed;

    DecoderEngine(Parts parts) {
        this.parts = parts;
        int rows = Math.min(Decoder.PREFILL_ROWS, parts.decoder().contextSize());
        this.batch = parts.decoder().newBatch(rows);
        this.logits = new float[parts.decoder().config().vocabularySize()];
        this.logitsRows = new int[rows];
        this.hidden = new float[parts.decoder().config().hiddenSize()];
    }

    @Override
    public int vocabularySize() {
        return logits.length;
    }

    @Override
    public int contextSize() {
        return parts.decoder().contextSize();
    }

    @Override
    public int maxTokens() {
        return batch.capacity();
    }

    @Override
    public LoraAdapter loadAdapter(Path path, float strength) {
        LoraAdapter adapter = LoraFile.load(path, parts.decoder().config(), parts.kernels(), strength);
        synchronized (adapters) {
            if (closed) {
                adapter.free();
                throw new ModelClosedException("the model was closed");
            }
            adapters.removeIf(LoraAdapter::isFreed);
            adapters.add(adapter);
        }
        return adapter;
    }

    @Override
    public Cache newCache(@Nullable LoraAdapter adapter) {
        return new DecoderCache(parts.pages().newCache(contextSize(), adapter), maxTokens());
    }

    @Override
    public long kvBudget() {
        return parts.pages().budget();
    }

    @Override
    public long kvBytes() {
        return parts.pages().bytesInUse();
    }

    @Override
    public long bytesHeldOnlyBy(Collection<Cache> caches) {
        return parts.pages()
                .bytesHeldOnlyBy(caches.stream()
                        .map(cache -> ((DecoderCache) cache).cache)
                        .toList());
    }

    @Override
    public synchronized String fingerprint() {
        if (fingerprint == null) {
            fingerprint = parts.file().fingerprint();
        }
        return fingerprint;
    }

    @Override
    public long writtenBytes(int length) {
        return parts.pages().writtenBytes(length);
    }

    @Override
    public Cache readCache(ReadableByteChannel in, int length, @Nullable LoraAdapter adapter) throws IOException {
        return new DecoderCache(parts.pages().readCache(in, length, contextSize(), adapter), maxTokens());
    }

    @Override
    public boolean forward(List<Span> spans, BooleanSupplier stop) {
        parts.file().tensors().checkUnchanged();
        batch.clear();
        int wanted = 0;
        for (Span span : spans) {
            KvCache cache = ((DecoderCache) span.cache()).cache;
            for (int i = 0; i < span.count(); i++) {
                boolean wantsLogits =
                        span.logits() == Logits.ALL || (span.logits() == Logits.LAST && i == span.count() - 1);
                int row = batch.add(span.tokens()[span.from() + i], cache, wantsLogits);
                if (wantsLogits || span.logits() == Logits.HIDDEN) {
                    logitsRows[wanted++] = row;
                }
            }
        }
        return parts.decoder().forward(batch, _ -> !stop.getAsBoolean());
    }

    @Override
    public float[] logits(int row) {
        batch.readLogits(logitsRows[row], logits);
        return logits;
    }

    @Override
    public int hiddenSize() {
        return hidden.length;
    }

    @Override
    public float[] hidden(int row) {
        parts.decoder().readHidden(batch, logitsRows[row], hidden);
        return hidden;
    }

    @Override
    public void close() {
        synchronized (adapters) {
            if (closed) {
                return;
            }
            closed = true;
            adapters.forEach(LoraAdapter::free);
        }
        parts.workers().close();
        parts.pages().close();
        parts.weights().close();
        parts.file().close();
    }

    private record DecoderCache(KvCache cache, int rows) implements Cache {
        @Override
        public int length() {
            return cache.length();
        }

        @Override
        public void truncate(int length) {
            cache.truncate(length);
        }

        @Override
        public Cache fork(int length) {
            return new DecoderCache(cache.fork(length), rows);
        }

        @Override
        public long bytesToGrow(int length) {
            return cache.bytesToGrow(length, rows);
        }

        @Override
        public int exactLength(int length) {
            return cache.exactLength(length);
        }

        @Override
        public int revocable(int length) {
            return cache.revocable(length);
        }

        @Override
        public int sharedLength() {
            return cache.sharedLength();
        }

        @Override
        public void write(WritableByteChannel out) throws IOException {
            cache.write(out);
        }

        @Override
        public void close() {
            cache.close();
        }
    }
}
