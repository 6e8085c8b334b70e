package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;

/** A model whose replies are written down: the n-th turn of each conversation gets the n-th, token by token. */
final class TestModel implements AutoCloseable {
    static final int CONTEXT = 512;

    private static final int[] ASSISTANT = TestLanguage.encode("<|im_start|>assistant\n");

    final FakeEngine engine;
    final LanguageModel model;

    private TestModel(int contextSize, Limits limits, List<int[]> replies) {
        this(contextSize, limits, tokens -> next(tokens, replies));
    }

    private TestModel(int contextSize, Limits limits, ToIntFunction<int[]> nextToken) {
        this.engine = new FakeEngine(TestLanguage.SIZE, contextSize, nextToken);
        ModelInfo.Facts facts = new ModelInfo.Facts(
                "test", "fake", 4, 1, 1, 1, 1, 1, TestLanguage.SIZE, contextSize, 0, Map.of(), null);
        ModelInfo.Setup setup =
                new ModelInfo.Setup(contextSize, 1, KvType.F32, Precision.EXACT, "none", "there is nothing to compute");
        this.model =
                new LanguageModel(new RawModel(engine, new ModelInfo(facts, setup), limits), TestLanguage.LANGUAGE);
    }

    /** Replies as one token a byte. */
    static TestModel replying(String... replies) {
        return withContext(CONTEXT, replies);
    }

    static TestModel withContext(int contextSize, String... replies) {
        return withLimits(contextSize, Limits.NONE, replies);
    }

    /** Replies as one token a byte; a token takes a byte of memory too. */
    static TestModel withPrefixCache(long bytes, String... replies) {
        return withLimits(
                CONTEXT, new Limits(Integer.MAX_VALUE, Integer.MAX_VALUE, Limits.DEFAULT_MAX_WAIT, bytes), replies);
    }

    static TestModel withLimits(int contextSize, Limits limits, String... replies) {
        List<int[]> tokens = new ArrayList<>();
        for (String reply : replies) {
            tokens.add(TestLanguage.bytes(reply));
        }
        return new TestModel(contextSize, limits, tokens);
    }

    static TestModel replyingTokens(int[]... replies) {
        return new TestModel(CONTEXT, Limits.NONE, List.of(replies));
    }

    /** A model that writes this byte for ever, in a context without end. */
    static TestModel endless(char written) {
        return new TestModel(Integer.MAX_VALUE, Limits.NONE, _ -> written);
    }

    ChatSession chat() {
        return model.chat();
    }

    /** Makes each pass from now on wait until the latch opens, and counts down the other when one waits. */
    CountDownLatch holdAt(CountDownLatch gate) {
        CountDownLatch held = new CountDownLatch(1);
        engine.beforeLayer = _ -> {
            held.countDown();
            awaitUninterrupted(gate);
        };
        return held;
    }

    /** Makes each layer take a millisecond: a long reply takes seconds, and who wants to cancel it is never too late. */
    TestModel slowly() {
        engine.beforeLayer = _ -> LockSupport.parkNanos(1_000_000);
        return this;
    }

    static void awaitUninterrupted(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("waited for 20 seconds");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static int next(int[] tokens, List<int[]> replies) {
        int turn = -1;
        int start = 0;
        for (int i = 0; i + ASSISTANT.length <= tokens.length; i++) {
            if (startsWith(tokens, i, ASSISTANT)) {
                turn++;
                start = i + ASSISTANT.length;
            }
        }
        if (turn < 0) {
            return 0;
        }
        int[] reply = replies.get(Math.min(turn, replies.size() - 1));
        int written = tokens.length - start;
        return written < reply.length ? reply[written] : TestLanguage.IM_END;
    }

    private static boolean startsWith(int[] tokens, int from, int[] start) {
        for (int i = 0; i < start.length; i++) {
            if (tokens[from + i] != start[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        model.close();
    }
}
