package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import dev.demitasse.core.kernels.PreparedMatrix;
import dev.demitasse.core.runtime.Workers;
import java.nio.file.Path;
import java.util.Arrays;

/** A decoder with all it needs, for tests: makes caches, runs sequences, closes everything. */
final class TestModel implements AutoCloseable {
    final Decoder decoder;
    final DecoderWeights weights;
    final KvPages pages;
    private final Kernels kernels;
    private final Workers workers;
    private final Batch block;

    TestModel(DecoderConfig config, DecoderWeights weights, Kernels kernels, KvType kvType, int threads) {
        this(config, weights, kernels, kvType, new Workers("test", threads));
    }

    private TestModel(DecoderConfig config, DecoderWeights weights, Kernels kernels, KvType kvType, Workers workers) {
        this.weights = weights;
        this.kernels = kernels;
        this.workers = workers;
        this.decoder = new Decoder(config, weights, kernels, workers, config.contextLength());
        this.pages = new KvPages(config, kvType, kernels, Long.MAX_VALUE);
        this.block = decoder.newBatch(Decoder.PREFILL_ROWS);
    }

    static TestModel open(Path path, Kernels kernels, KvType kvType, int threads) {
        try (ModelFile file = ModelFile.open(path)) {
            return load(file, kernels, kvType, threads);
        }
    }

    static TestModel load(ModelFile file, Kernels kernels, KvType kvType, int threads) {
        Workers workers = new Workers("test", threads);
        DecoderWeights weights = file.load(kernels, workers, LoadProgress.NONE);
        return new TestModel(file.config(), weights, kernels, kvType, workers);
    }

    /** {@code y [tokens, rows] = x [tokens, cols] @ weights}, with the model's kernels. */
    void multiply(PreparedMatrix matrix, float[] x, int tokens, float[] y) {
        kernels.multiply(matrix, x, tokens, y, workers);
    }

    int vocabulary() {
        return decoder.config().vocabularySize();
    }

    KvCache newCache() {
        return pages.newCache(decoder.contextSize());
    }

    /** Appends tokens in blocks of at most {@code rows}; returns the logits of the last {@code wanted}, row by row. */
    float[] run(KvCache cache, int[] tokens, int wanted, int rows) {
        float[] all = new float[wanted * vocabulary()];
        float[] logits = new float[vocabulary()];
        int done = 0;
        int written = 0;
        while (done < tokens.length) {
            block.clear();
            int end = Math.min(tokens.length, done + rows);
            for (int i = done; i < end; i++) {
                block.add(tokens[i], cache, i >= tokens.length - wanted);
            }
            decoder.forward(block);
            for (int i = Math.max(done, tokens.length - wanted); i < end; i++) {
                block.readLogits(i - done, logits);
                System.arraycopy(logits, 0, all, written++ * vocabulary(), vocabulary());
            }
            done = end;
        }
        return all;
    }

    float[] run(int[] tokens, int wanted) {
        try (KvCache cache = newCache()) {
            return run(cache, tokens, wanted, Decoder.PREFILL_ROWS);
        }
    }

    float[] step(KvCache cache, int token) {
        return run(cache, new int[] {token}, 1, 1);
    }

    static int argmax(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    static float[] row(float[] rows, int row, int size) {
        return Arrays.copyOfRange(rows, row * size, (row + 1) * size);
    }

    @Override
    public void close() {
        workers.close();
        pages.close();
        weights.close();
    }
}
