package dev.demitasse.chat;

import dev.demitasse.core.model.LoraAdapter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An engine without weights: its replies are written down, and its logits leave no doubt about the next token. */
final class ScriptedEngine implements Engine {
    // Above anything that penalties and temperatures up to 100 make of it.
    private static final float CERTAIN = 1e6f;
    private static final int MOST_TOKENS = 4096;
    private static final long WAIT_NANOS = 1_000_000;

    private final ModelLanguage language;
    private final int contextSize;
    private final Function<int[], int @Nullable []> script;
    private final Supplier<Duration> passTime;
    private final List<float[]> logits = new ArrayList<>();

    /**
     * Makes an engine.
     *
     * @param script the reply to a prompt, asked once for each on the model's thread: token ids without one that ends the
     *     turn, or null if the prompt asks for no reply; what it throws makes the turn fail
     * @param passTime how long a pass takes, whatever it computes
     */
    ScriptedEngine(
            ModelLanguage language,
            int contextSize,
            Function<int[], int @Nullable []> script,
            Supplier<Duration> passTime) {
        this.language = language;
        this.contextSize = contextSize;
        this.script = script;
        this.passTime = passTime;
    }

    @Override
    public int vocabularySize() {
        return language.tokenizer().vocabulary().size();
    }

    @Override
    public int contextSize() {
        return contextSize;
    }

    @Override
    public int maxTokens() {
        return MOST_TOKENS;
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
        return new ScriptedCache();
    }

    /** Nothing is kept but token ids. */
    @Override
    public long kvBudget() {
        return Long.MAX_VALUE;
    }

    @Override
    public long kvBytes() {
        return 0;
    }

    @Override
    public long bytesHeldOnlyBy(Collection<Cache> caches) {
        return 0;
    }

    @Override
    public boolean forward(List<Span> spans, BooleanSupplier stop) {
        if (!pass(stop)) {
            return false;
        }
        int[] lengths = spans.stream().mapToInt(span -> span.cache().length()).toArray();
        boolean complete = false;
        try {
            compute(spans);
            complete = true;
        } finally {
            for (int i = 0; i < lengths.length && !complete; i++) {
                ((ScriptedCache) spans.get(i).cache()).rollBack(lengths[i], lengths.length > 1);
            }
        }
        return complete;
    }

    private void compute(List<Span> spans) {
        logits.clear();
        for (Span span : spans) {
            ScriptedCache cache = (ScriptedCache) span.cache();
            for (int i = 0; i < span.count(); i++) {
                cache.append(span.tokens()[span.from() + i]);
                boolean last = i == span.count() - 1;
                if (span.logits() == Logits.ALL || (last && span.logits() == Logits.LAST)) {
                    logits.add(certain(cache.next()));
                }
            }
        }
    }

    private boolean pass(BooleanSupplier stop) {
        long end = System.nanoTime() + passTime.get().toNanos();
        long left = end - System.nanoTime();
        while (left > 0) {
            if (stop.getAsBoolean()) {
                return false;
            }
            LockSupport.parkNanos(Math.min(left, WAIT_NANOS));
            left = end - System.nanoTime();
        }
        return true;
    }

    private float[] certain(int token) {
        float[] row = new float[vocabularySize()];
        row[token] = CERTAIN;
        return row;
    }

    @Override
    public float[] logits(int row) {
        return logits.get(row).clone();
    }

    @Override
    public String fingerprint() {
        return "scripted, " + vocabularySize() + " tokens";
    }

    @Override
    public long writtenBytes(int length) {
        return (long) Integer.BYTES * length;
    }

    @Override
    public Cache readCache(ReadableByteChannel in, int length, @Nullable LoraAdapter adapter) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * length);
        while (bytes.hasRemaining() && in.read(bytes) >= 0) {
            // Until it is full.
        }
        bytes.flip();
        ScriptedCache cache = new ScriptedCache();
        while (bytes.remaining() >= Integer.BYTES) {
            cache.append(bytes.getInt());
        }
        return cache;
    }

    @Override
    public void close() {
        logits.clear();
    }

    private int endOfTurn() {
        return language.stopTokens().iterator().next();
    }

    private String text(int token) {
        return PythonJson.write(language.tokenizer().vocabulary().tokenText(token));
    }

    /** The tokens of one sequence, and the reply that is being written behind them. */
    private final class ScriptedCache implements Cache {
        private int[] tokens = new int[64];
        private int length;
        private int[] reply = {};
        /** Length at which the reply began; what is behind it was written. */
        private int replyStart = Integer.MAX_VALUE;
        /** The reply was begun in a pass that failed for another sequence: it is the one to begin again. */
        private boolean begunInVain;

        private @Nullable RuntimeException failure;

        void append(int token) {
            if (length == tokens.length) {
                tokens = Arrays.copyOf(tokens, length * 2);
            }
            tokens[length++] = token;
        }

        /** The token that the script has next. */
        int next() {
            int written = length - replyStart;
            boolean again = written == 0 && begunInVain;
            begunInVain = false;
            if (again && failure != null) {
                throw failure;
            }
            if (again) {
                return scripted(0);
            }
            if (written <= 0 || written > reply.length + 1 || !wrote(written - 1)) {
                int[] begun = begin();
                if (begun == null) {
                    replyStart = Integer.MAX_VALUE;
                    return 0;
                }
                reply = begun;
                written = 0;
            } else if (tokens[length - 1] != scripted(written - 1)) {
                throw new DemitasseException("the script has " + text(scripted(written - 1)) + " at token "
                        + (written - 1) + " of the reply, but " + text(tokens[length - 1])
                        + " was chosen: the schema, the grammar, the choice of tools or the sampler excludes"
                        + " the former");
            }
            return scripted(written);
        }

        /** @param apart the pass will be repeated for each sequence alone */
        void rollBack(int before, boolean apart) {
            begunInVain = apart && length == replyStart;
            length = before;
        }

        private int @Nullable [] begin() {
            replyStart = length;
            failure = null;
            try {
                return script.apply(Arrays.copyOf(tokens, length));
            } catch (RuntimeException thrown) {
                failure = thrown;
                throw thrown;
            }
        }

        private boolean wrote(int count) {
            return Arrays.equals(tokens, replyStart, replyStart + count, reply, 0, count);
        }

        private int scripted(int index) {
            return index < reply.length ? reply[index] : endOfTurn();
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public void truncate(int newLength) {
            length = newLength;
        }

        @Override
        public Cache fork(int positions) {
            ScriptedCache fork = new ScriptedCache();
            fork.tokens = tokens.clone();
            fork.length = positions;
            fork.reply = reply;
            fork.replyStart = replyStart;
            return fork;
        }

        @Override
        public long bytesToGrow(int newLength) {
            return 0;
        }

        @Override
        public int exactLength(int positions) {
            return positions;
        }

        /** What deviates from the script is an error here, so nothing is to be tried. */
        @Override
        public int revocable(int positions) {
            return 0;
        }

        @Override
        public int sharedLength() {
            return 0;
        }

        @Override
        public void write(WritableByteChannel out) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * length);
            for (int i = 0; i < length; i++) {
                bytes.putInt(tokens[i]);
            }
            bytes.flip();
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        }

        @Override
        public void close() {
            length = 0;
        }
    }
}
