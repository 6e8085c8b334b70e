package dev.demitasse.chat;

import dev.demitasse.core.model.LoraAdapter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** An engine whose next token is a function of the tokens so far, with logits that leave no doubt about it. */
final class FakeEngine implements Engine {
    static final int LAYERS = 4;

    private final int vocabularySize;
    private final int contextSize;
    private final ToIntFunction<int[]> nextToken;
    private final List<float[]> logits = new ArrayList<>();

    /** Token counts of each pass, span by span. */
    final List<List<Integer>> passes = new CopyOnWriteArrayList<>();

    /** Called before each layer with its number: tests cancel, wait or fail here. */
    volatile IntConsumer beforeLayer = _ -> {};

    private final AtomicLong bytes = new AtomicLong();
    private final Set<Cache> open = ConcurrentHashMap.newKeySet();

    volatile int maxTokens = 64;
    volatile long kvBudget = Long.MAX_VALUE;
    volatile boolean closed;

    FakeEngine(int vocabularySize, int contextSize, ToIntFunction<int[]> nextToken) {
        this.vocabularySize = vocabularySize;
        this.contextSize = contextSize;
        this.nextToken = nextToken;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public int contextSize() {
        return contextSize;
    }

    @Override
    public int maxTokens() {
        return maxTokens;
    }

    @Override
    public int hiddenSize() {
        throw new UnsupportedOperationException("found a model without weights; expected one that has hidden states");
    }

    @Override
    public float[] hidden(int row) {
        throw new UnsupportedOperationException("found a model without weights; expected one that has hidden states");
    }

    @Override
    public LoraAdapter loadAdapter(Path path, float strength) {
        throw new UnsupportedOperationException(
                "found a model without weights; expected one that an adapter can add to");
    }

    @Override
    public Cache newCache(@Nullable LoraAdapter adapter) {
        FakeCache cache = new FakeCache();
        open.add(cache);
        return cache;
    }

    /** A byte a position, nothing is shared. */
    @Override
    public long kvBytes() {
        return bytes.get();
    }

    @Override
    public long kvBudget() {
        return kvBudget;
    }

    @Override
    public long bytesHeldOnlyBy(Collection<Cache> caches) {
        return caches.stream().mapToLong(Cache::length).sum();
    }

    @Override
    public String fingerprint() {
        return "fake " + vocabularySize;
    }

    @Override
    public long writtenBytes(int length) {
        return 4L * length;
    }

    @Override
    public Cache readCache(ReadableByteChannel in, int length, @Nullable LoraAdapter adapter) throws IOException {
        FakeCache cache = new FakeCache();
        ByteBuffer bytes = ByteBuffer.allocate(4 * length);
        while (bytes.hasRemaining() && in.read(bytes) >= 0) {
            // Until it is full.
        }
        bytes.flip();
        while (bytes.remaining() >= 4) {
            cache.append(bytes.getInt());
        }
        open.add(cache);
        return cache;
    }

    /** Caches that were made and not closed. */
    int openCaches() {
        return open.size();
    }

    @Override
    public boolean forward(List<Span> spans, BooleanSupplier stop) {
        for (int layer = 0; layer < LAYERS; layer++) {
            if (stop.getAsBoolean()) {
                return false;
            }
            beforeLayer.accept(layer);
        }
        passes.add(spans.stream().map(Span::count).toList());
        logits.clear();
        for (Span span : spans) {
            FakeCache cache = (FakeCache) span.cache();
            for (int i = 0; i < span.count(); i++) {
                cache.append(span.tokens()[span.from() + i]);
                boolean last = i == span.count() - 1;
                if (span.logits() == Logits.ALL || (last && span.logits() == Logits.LAST)) {
                    logits.add(certain(nextToken.applyAsInt(cache.tokens())));
                }
            }
            if (cache.length() > contextSize) {
                throw new AssertionError("a sequence of " + cache.length() + " tokens in a context of " + contextSize);
            }
        }
        return true;
    }

    private float[] certain(int token) {
        float[] certain = new float[vocabularySize];
        certain[token] = 1000;
        return certain;
    }

    @Override
    public float[] logits(int row) {
        return logits.get(row).clone();
    }

    @Override
    public void close() {
        closed = true;
    }

    private final class FakeCache implements Cache {
        private int[] tokens = new int[8];
        private volatile int length;
        private boolean closed;

        void append(int token) {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            int position = length;
            if (position == tokens.length) {
                tokens = Arrays.copyOf(tokens, position * 2);
            }
            tokens[position] = token;
            setLength(position + 1);
        }

        private void setLength(int newLength) {
            bytes.addAndGet(newLength - length);
            length = newLength;
        }

        int[] tokens() {
            return Arrays.copyOf(tokens, length);
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public void truncate(int newLength) {
            if (newLength > length) {
                throw new IllegalArgumentException(newLength + " > " + length);
            }
            setLength(newLength);
        }

        @Override
        public Cache fork(int positions) {
            FakeCache fork = new FakeCache();
            fork.tokens = tokens.clone();
            fork.setLength(positions);
            open.add(fork);
            return fork;
        }

        @Override
        public long bytesToGrow(int newLength) {
            return Math.max(0, newLength - length);
        }

        @Override
        public int exactLength(int positions) {
            return positions;
        }

        @Override
        public int revocable(int positions) {
            return Integer.MAX_VALUE;
        }

        @Override
        public int sharedLength() {
            return 0;
        }

        @Override
        public void write(WritableByteChannel out) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(4 * length);
            for (int token : tokens()) {
                bytes.putInt(token);
            }
            out.write(bytes.flip());
        }

        @Override
        public void close() {
            closed = true;
            setLength(0);
            open.remove(this);
        }
    }
}
