package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.PreparedMatrix;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded weights of small models, made in memory. The same seed gives the same weights, whatever the kernels. */
final class RandomModel {
    /** What real Qwen2.5 models do to a KV cache: a few key channels and residual channels far beyond the others. */
    enum Outliers {
        NONE,
        LARGE
    }

    private static final float KEY_BIAS = 100;
    private static final float RESIDUAL = 1e4f;

    private final DecoderConfig config;
    private final Kernels kernels;
    private final Outliers outliers;
    private final Random random;

    private RandomModel(DecoderConfig config, Kernels kernels, Outliers outliers, long seed) {
        this.config = config;
        this.kernels = kernels;
        this.outliers = outliers;
        this.random = new Random(seed);
    }

    static DecoderConfig config(Architecture architecture, int heads, int kvHeads, int headDim) {
        return new DecoderConfig(architecture, 2, 48, 80, heads, kvHeads, headDim, 101, 4096, 10_000, 1e-6f, false);
    }

    static DecoderWeights weights(DecoderConfig config, Kernels kernels, Outliers outliers, long seed) {
        return new RandomModel(config, kernels, outliers, seed).weights();
    }

    static int[] tokens(DecoderConfig config, int count, long seed) {
        return new Random(seed).ints(count, 0, config.vocabularySize()).toArray();
    }

    private DecoderWeights weights() {
        PreparedMatrix embedding = embedding();
        List<DecoderWeights.Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer());
        }
        PreparedMatrix head = config.tied() ? embedding : matrix(config.vocabularySize(), config.hiddenSize(), 3);
        return new DecoderWeights(embedding, layers, norm(config.hiddenSize()), head);
    }

    private DecoderWeights.Layer layer() {
        boolean bias = config.architecture().hasQueryKeyValueBias();
        boolean norms = config.architecture().hasQueryKeyNorm();
        int hidden = config.hiddenSize();
        return new DecoderWeights.Layer(
                norm(hidden),
                matrix(config.queryKeyValueSize(), hidden, 1),
                bias ? bias() : new float[0],
                norms ? norm(config.headDim()) : new float[0],
                norms ? norm(config.headDim()) : new float[0],
                matrix(hidden, config.querySize(), 1),
                norm(hidden),
                matrix(2 * config.intermediateSize(), hidden, 1),
                matrix(hidden, config.intermediateSize(), 1));
    }

    private float[] bias() {
        float[] bias = values(config.queryKeyValueSize(), 0.5f);
        if (outliers == Outliers.LARGE) {
            for (int kvHead = 0; kvHead < config.kvHeads(); kvHead++) {
                int key = config.querySize() + kvHead * config.headDim();
                // The slowest pairs of rotary embedding, as in real models: they hardly turn.
                bias[key + config.headDim() / 2 - 1] = KEY_BIAS;
                bias[key + config.headDim() - 1] = -KEY_BIAS;
            }
        }
        return bias;
    }

    private PreparedMatrix embedding() {
        int hidden = config.hiddenSize();
        float[] values = values(config.vocabularySize() * hidden, 1);
        if (outliers == Outliers.LARGE) {
            for (int row = 0; row < config.vocabularySize(); row++) {
                values[row * hidden + 5] = RESIDUAL;
            }
        }
        return prepare(config.vocabularySize(), hidden, values);
    }

    private float[] norm(int size) {
        float[] norm = values(size, 0.1f);
        for (int i = 0; i < size; i++) {
            norm[i] += 1;
        }
        if (outliers == Outliers.LARGE && size == config.hiddenSize()) {
            // The norms of such models undo what the outlier does to the root mean square.
            for (int i = 0; i < size; i++) {
                norm[i] *= i == 5 ? 1e-3f : RESIDUAL / (float) Math.sqrt(size);
            }
        }
        return norm;
    }

    private PreparedMatrix matrix(int rows, int cols, float scale) {
        return prepare(rows, cols, values(rows * cols, scale / (float) Math.sqrt(cols)));
    }

    private PreparedMatrix prepare(int rows, int cols, float[] values) {
        MemorySegment data = Arena.ofAuto().allocate((long) values.length * Float.BYTES, Float.BYTES);
        data.copyFrom(MemorySegment.ofArray(values));
        return kernels.prepare(List.of(new Matrix("random", rows, cols, DType.F32, data)));
    }

    private float[] values(int size, float scale) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() * scale;
        }
        return values;
    }
}
