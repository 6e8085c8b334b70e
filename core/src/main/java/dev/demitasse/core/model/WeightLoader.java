package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.kernels.Dequantizer;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.PreparedMatrix;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings the tensors of a file into {@link DecoderWeights}: finds missing ones, strangers and wrong shapes before it
 * reads anything, then maps one matrix after the other and lets the kernels prepare it, so that no second copy of the
 * weights stays. Each worker takes a matrix at a time; the embedding, by far the largest, comes first.
 */
final class WeightLoader {
    private final TensorFile file;
    private final DecoderConfig config;
    private final TensorNames names;
    private final Kernels kernels;
    private final Workers workers;
    private final LoadProgress progress;
    private final OnLoad onLoad;
    private final boolean interleavedHeads;

    /** The matrices by the name of their first tensor. */
    private final Map<String, PreparedMatrix> prepared = new ConcurrentHashMap<>();

    private final AtomicLong bytesDone = new AtomicLong();
    private long bytesTotal;

    /** One matrix could not be loaded, so that no other needs to be. */
    private volatile boolean failed;

    private WeightLoader(
            TensorFile file,
            DecoderConfig config,
            TensorNames names,
            Kernels kernels,
            Workers workers,
            LoadProgress progress,
            OnLoad onLoad) {
        this.file = file;
        this.config = config;
        this.names = names;
        this.kernels = kernels;
        this.workers = workers;
        this.progress = progress;
        this.onLoad = onLoad;
        this.interleavedHeads = names.headsAreInterleaved() && config.architecture() == Architecture.LLAMA;
    }

    /** What becomes of a matrix before the kernels get it. */
    @FunctionalInterface
    interface OnLoad {
        /**
         * The matrix that the kernels shall get. Any worker.
         *
         * @param arena what it lives in, as {@code stored} does
         */
        Matrix apply(Matrix stored, Arena arena);
    }

    static DecoderWeights load(
            TensorFile file,
            DecoderConfig config,
            TensorNames names,
            Kernels kernels,
            Workers workers,
            LoadProgress progress,
            OnLoad onLoad) {
        names.check(file, config);
        WeightLoader loader = new WeightLoader(file, config, names, kernels, workers, progress, onLoad);
        boolean loaded = false;
        try {
            DecoderWeights weights = loader.load();
            file.checkUnchanged();
            loaded = true;
            return weights;
        } catch (InternalError fault) {
            // What the JVM throws when mapped bytes are gone; see docs/DECISIONS.md, "Mapped files".
            file.checkUnchanged();
            throw fault;
        } finally {
            if (!loaded) {
                loader.prepared.values().forEach(PreparedMatrix::close);
            }
        }
    }

    private DecoderWeights load() {
        bytesTotal =
                file.tensors().values().stream().mapToLong(TensorInfo::byteSize).sum();
        progress.loaded(0, bytesTotal);
        if (config.tied() && file.tensors().containsKey(names.head())) {
            refuseAnotherHead(file, names);
            bytesDone.addAndGet(file.tensor(names.head()).byteSize());
            tell();
        }
        List<List<String>> stacks = stacks();
        workers.run(stacks.size(), (worker, chunk) -> {
            if (failed) {
                return;
            }
            boolean done = false;
            try {
                prepare(stacks.get(chunk));
                if (worker == 0) {
                    tell();
                }
                done = true;
            } finally {
                if (!done) {
                    failed = true;
                }
            }
        });
        PreparedMatrix embedding = matrix(names.embedding());
        List<DecoderWeights.Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(names.layerPrefix().apply(i)));
        }
        PreparedMatrix head = config.tied() ? embedding : matrix(names.head());
        float[] finalNorm = vector(names.finalNorm());
        progress.loaded(bytesTotal, bytesTotal);
        return new DecoderWeights(embedding, layers, finalNorm, head);
    }

    /** The names of all matrices; those with the same input, which are stacked by rows, together. */
    private List<List<String>> stacks() {
        List<List<String>> stacks = new ArrayList<>();
        stacks.add(List.of(names.embedding()));
        if (!config.tied()) {
            stacks.add(List.of(names.head()));
        }
        for (int i = 0; i < config.layers(); i++) {
            String prefix = names.layerPrefix().apply(i);
            stacks.add(List.of(
                    prefix + names.query() + TensorNames.WEIGHT,
                    prefix + names.key() + TensorNames.WEIGHT,
                    prefix + names.value() + TensorNames.WEIGHT));
            stacks.add(List.of(prefix + names.output()));
            stacks.add(List.of(prefix + names.gate(), prefix + names.up()));
            stacks.add(List.of(prefix + names.down()));
        }
        return stacks;
    }

    private DecoderWeights.Layer layer(String prefix) {
        return new DecoderWeights.Layer(
                vector(prefix + names.inputNorm()),
                matrix(prefix + names.query() + TensorNames.WEIGHT),
                config.architecture().hasQueryKeyValueBias() ? bias(prefix) : new float[0],
                config.architecture().hasQueryKeyNorm() ? vector(prefix + names.queryNorm()) : new float[0],
                config.architecture().hasQueryKeyNorm() ? vector(prefix + names.keyNorm()) : new float[0],
                matrix(prefix + names.output()),
                vector(prefix + names.postAttentionNorm()),
                matrix(prefix + names.gate()),
                matrix(prefix + names.down()));
    }

    private PreparedMatrix matrix(String firstTensor) {
        return Objects.requireNonNull(prepared.get(firstTensor), firstTensor);
    }

    /** Prepares matrices with the same input, stacked by rows. Any worker. */
    private void prepare(List<String> tensorNames) {
        try (Arena mapping = Arena.ofShared()) {
            List<Matrix> stacked = new ArrayList<>();
            for (String name : tensorNames) {
                stacked.add(map(file.tensor(name), mapping));
            }
            prepared.put(tensorNames.getFirst(), kernels.prepare(stacked));
            for (String name : tensorNames) {
                bytesDone.addAndGet(file.tensor(name).byteSize());
            }
        }
    }

    private Matrix map(TensorInfo tensor, Arena mapping) {
        int rows = tensor.shape().getFirst().intValue();
        int cols = tensor.shape().getLast().intValue();
        boolean reorder = interleavedHeads && names.isQueryOrKey(tensor.name());
        MemorySegment data = reorder ? splitHalves(tensor, rows, mapping) : file.map(tensor, mapping);
        return onLoad.apply(new Matrix(tensor.name(), rows, cols, tensor.type(), data), mapping);
    }

    /**
     * llama.cpp's converter writes the rows of a Llama head so that the two that rotary embedding turns together lie
     * side by side. Puts them half a head apart again, as all other models have them. These few rows are copied: the
     * forward pass then knows one form only.
     */
    private MemorySegment splitHalves(TensorInfo tensor, int rows, Arena arena) {
        long rowBytes = tensor.byteSize() / rows;
        int half = config.headDim() / 2;
        MemorySegment ordered = arena.allocate(tensor.byteSize(), Long.BYTES);
        try (Arena temporary = Arena.ofConfined()) {
            MemorySegment interleaved = file.map(tensor, temporary);
            for (int row = 0; row < rows; row++) {
                int head = row / config.headDim();
                int inHead = row % config.headDim();
                long source = (long) head * config.headDim() + 2L * (inHead % half) + inHead / half;
                MemorySegment.copy(interleaved, source * rowBytes, ordered, row * rowBytes, rowBytes);
            }
        }
        return ordered;
    }

    private float[] bias(String layer) {
        float[] bias = new float[config.queryKeyValueSize()];
        readVector(layer + names.query() + TensorNames.BIAS, bias, 0);
        readVector(layer + names.key() + TensorNames.BIAS, bias, config.querySize());
        readVector(layer + names.value() + TensorNames.BIAS, bias, config.querySize() + config.keySize());
        return bias;
    }

    private float[] vector(String name) {
        float[] vector = new float[file.tensor(name).shape().getFirst().intValue()];
        readVector(name, vector, 0);
        return vector;
    }

    private void readVector(String name, float[] out, int offset) {
        TensorInfo tensor = file.tensor(name);
        int size = tensor.shape().getFirst().intValue();
        try (Arena temporary = Arena.ofConfined()) {
            MemorySegment data = temporary.allocate(tensor.byteSize(), Long.BYTES);
            file.read(tensor, data);
            Matrix row = new Matrix(name, 1, size, tensor.type(), data);
            Dequantizer.readRow(row, 0, out, offset);
        }
        for (int i = offset; i < offset + size; i++) {
            if (!Float.isFinite(out[i])) {
                throw new FileFormatException(
                        Kind.NON_FINITE,
                        tensor.file(),
                        "tensor " + name + ", element " + (i - offset),
                        Float.toString(out[i]),
                        "a finite number",
                        "The file is damaged, or the model diverged in training.");
            }
        }
        bytesDone.addAndGet(tensor.byteSize());
        tell();
    }

    /** Some checkpoints with tied embeddings hold the head once more; it must be the same then. */
    static void refuseAnotherHead(TensorFile file, TensorNames names) {
        TensorInfo embedding = file.tensor(names.embedding());
        TensorInfo head = file.tensor(names.head());
        try (Arena temporary = Arena.ofConfined()) {
            boolean same = head.type() == embedding.type()
                    && file.map(head, temporary).mismatch(file.map(embedding, temporary)) < 0;
            if (!same) {
                throw new FileFormatException(
                        Kind.EXTRA_TENSOR,
                        head.file(),
                        "tensor " + head.name(),
                        "weights other than those of " + embedding.name(),
                        "the same, or no such tensor, since the configuration ties the embeddings",
                        "Set tie_word_embeddings to false if the model was trained with its own head.");
            }
        }
    }

    /** The thread that loads is worker 0. */
    private void tell() {
        progress.loaded(Math.min(bytesDone.get(), bytesTotal), bytesTotal);
    }
}
