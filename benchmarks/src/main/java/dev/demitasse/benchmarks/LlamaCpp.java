package dev.demitasse.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/** llama.cpp in this process, driven as llama-bench drives it: batches of 2048, f16 keys and values, threads that stay. */
final class LlamaCpp implements Engine {
    private static final int BATCH = 2048;
    private static final int LONGEST_PIECE = 256;

    private final Random random = new Random(7);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment tokens = arena.allocate(JAVA_INT, BATCH);
    private final MemorySegment batch = arena.allocate(LlamaCppLibrary.BATCH);
    private final MemorySegment piece = arena.allocate(LONGEST_PIECE);
    private final LlamaCppLibrary library;
    private final boolean flashAttention;
    private final Settings settings;
    private final MemorySegment model;
    private final MemorySegment vocabulary;
    private final MemorySegment context;
    private final MemorySegment threads;
    private final MemorySegment sampler;
    private final int vocabularySize;

    LlamaCpp(LlamaCppLibrary library, Path file, Settings settings, boolean flashAttention) {
        this.library = library;
        this.settings = settings;
        this.flashAttention = flashAttention;
        model = library.loadModel(file);
        vocabulary = library.vocabulary(model);
        vocabularySize = library.vocabularySize(vocabulary);
        context = library.newContext(model, settings, flashAttention);
        threads = library.attachThreads(context, settings.threads());
        sampler = library.newSampler();
    }

    @Override
    public String description() {
        return "llama.cpp " + library.version() + ", flash attention " + (flashAttention ? "on" : "off") + ", "
                + settings.threads() + " threads, F16 KV, " + library.systemInfo();
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public void read(int[] prompt) {
        for (int start = 0; start < prompt.length; start += BATCH) {
            int count = Math.min(BATCH, prompt.length - start);
            MemorySegment.copy(prompt, start, tokens, JAVA_INT, 0, count);
            pass(count);
        }
        checkLogits();
    }

    @Override
    public void decode(int count) {
        for (int i = 0; i < count; i++) {
            tokens.set(JAVA_INT, 0, random.nextInt(vocabularySize));
            pass(1);
        }
        checkLogits();
    }

    @Override
    public String answer(int[] prompt, int count) {
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream();
        MemorySegment.copy(prompt, 0, tokens, JAVA_INT, 0, prompt.length);
        pass(prompt.length);
        try {
            for (int i = 0; i < count; i++) {
                int token = (int) library.sample.invokeExact(sampler, context, -1);
                int length = (int) library.tokenToPiece.invokeExact(vocabulary, token, piece, LONGEST_PIECE, 0, true);
                utf8.writeBytes(piece.asSlice(0, Math.max(0, length)).toArray(JAVA_BYTE));
                if (i < count - 1) {
                    tokens.set(JAVA_INT, 0, token);
                    pass(1);
                }
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        return utf8.toString(StandardCharsets.UTF_8);
    }

    private void pass(int count) {
        try {
            MemorySegment filled =
                    (MemorySegment) library.batchOf.invokeExact((SegmentAllocator) (_, _) -> batch, tokens, count);
            int status = (int) library.decode.invokeExact(context, filled);
            if (status != 0) {
                throw new IllegalStateException("llama_decode of " + count + " tokens returned " + status);
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private void checkLogits() {
        float first = library.firstLogit(context);
        if (!Float.isFinite(first)) {
            throw new IllegalStateException("llama.cpp computed a logit of " + first);
        }
    }

    @Override
    public void truncate(int length) {
        MemorySegment memory = (MemorySegment) LlamaCppLibrary.invoke(library.memory, context);
        if (!(boolean) LlamaCppLibrary.invoke(library.removeFromMemory, memory, 0, length, -1)) {
            throw new IllegalStateException("llama.cpp cannot truncate its sequence to " + length);
        }
    }

    @Override
    public void close() {
        LlamaCppLibrary.invoke(library.freeSampler, sampler);
        LlamaCppLibrary.invoke(library.freeContext, context);
        LlamaCppLibrary.invoke(library.freeModel, model);
        library.freeThreads(threads);
        arena.close();
    }
}
