package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.Safetensors;
import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.kernels.Dequantizer;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads LoRA adapters: a folder of PEFT ({@code adapter_config.json} and {@code adapter_model.safetensors}), that
 * safetensors file, or a GGUF file as llama.cpp's {@code convert_lora_to_gguf.py} writes it. An adapter fits a model of the
 * same sizes, in whatever format either is stored.
 */
public final class LoraFile {
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String SETTINGS = "adapter_config.json";

    private static final int MOST_RANK = 4096;

    /** How a file spells the names of factors: around the name of the weights that they belong to. */
    private record Spelling(TensorNames names, String before, String suffix, String down, String up) {
        static final Spelling PEFT = new Spelling(
                TensorNames.HUGGING_FACE, "base_model.model.", TensorNames.WEIGHT, ".lora_A.weight", ".lora_B.weight");
        static final Spelling GGUF = new Spelling(TensorNames.GGUF, "", "", ".lora_a", ".lora_b");

        String stem(LoraTarget target, int layer) {
            String name = target.tensor(names, layer);
            return before + name.substring(0, name.length() - suffix.length());
        }
    }

    /**
     * The factors of one projection.
     *
     * @param down {@code A [rank, cols]}
     * @param up {@code scale B [rows, rank]}
     */
    record Pair(int rank, float[] down, float[] up) {}

    private final TensorFile tensors;
    private final LoraSettings settings;
    private final Spelling spelling;
    private final DecoderConfig config;
    private final float strength;

    private LoraFile(
            TensorFile tensors, LoraSettings settings, Spelling spelling, DecoderConfig config, float strength) {
        this.tensors = tensors;
        this.strength = strength;
        this.settings = settings;
        this.spelling = spelling;
        this.config = config;
    }

    /**
     * Loads an adapter for a model.
     *
     * @param path a folder of PEFT, its safetensors file, or a GGUF file
     * @param config of the model
     * @param kernels that compute the model
     * @throws FileFormatException if the adapter is damaged, does something that this library does not, or belongs to a
     *     model of other sizes
     */
    public static LoraAdapter load(Path path, DecoderConfig config, Kernels kernels) {
        return load(path, config, kernels, 1);
    }

    /**
     * As {@link #load(Path, DecoderConfig, Kernels)}, for an adapter that adds more or less than it was trained to.
     *
     * @param strength what all that it adds is multiplied by; finite
     */
    public static LoraAdapter load(Path path, DecoderConfig config, Kernels kernels, float strength) {
        if (Files.isDirectory(path) || path.toString().endsWith(".safetensors")) {
            Path weights = Files.isDirectory(path) ? path.resolve(WEIGHTS) : path;
            LoraSettings settings = LoraSettings.ofPeft(weights.resolveSibling(SETTINGS));
            try (Safetensors file = Safetensors.open(weights)) {
                return new LoraFile(file, settings, Spelling.PEFT, config, strength).load(kernels);
            }
        }
        try (Gguf gguf = Gguf.open(path)) {
            return new LoraFile(gguf, LoraSettings.ofGguf(gguf, config), Spelling.GGUF, config, strength).load(kernels);
        }
    }

    private LoraAdapter load(Kernels kernels) {
        refuseOthers();
        try (LoraBuilder builder = new LoraBuilder(config, kernels)) {
            for (int layer = 0; layer < config.layers(); layer++) {
                for (LoraTarget target : LoraTarget.values()) {
                    builder.set(target, pair(target, layer));
                }
                builder.endLayer();
            }
            return builder.build();
        }
    }

    private void refuseOthers() {
        Set<String> known = new HashSet<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (LoraTarget target : LoraTarget.values()) {
                known.add(spelling.stem(target, layer) + spelling.down());
                known.add(spelling.stem(target, layer) + spelling.up());
            }
        }
        for (TensorInfo tensor : tensors.tensors().values()) {
            if (!known.contains(tensor.name())) {
                throw new FileFormatException(
                        Kind.EXTRA_TENSOR,
                        tensor.file(),
                        "tensor " + tensor.name(),
                        "a tensor that cannot be added to this model",
                        "factors of the q, k, v, o, gate, up and down projections of its " + config.layers()
                                + " layers",
                        "Take an adapter that was trained for this model, on these projections only.");
            }
        }
        if (tensors.tensors().isEmpty()) {
            throw new FileFormatException(
                    Kind.MISSING_TENSOR,
                    tensors.path(),
                    "the tensors",
                    "none",
                    "factors of at least one projection",
                    "");
        }
    }

    private @Nullable Pair pair(LoraTarget target, int layer) {
        String stem = spelling.stem(target, layer);
        boolean absent = !tensors.tensors().containsKey(stem + spelling.down())
                && !tensors.tensors().containsKey(stem + spelling.up());
        if (absent) {
            return null;
        }
        TensorInfo down = tensors.tensor(stem + spelling.down());
        TensorInfo up = tensors.tensor(stem + spelling.up());
        long rank = down.shape().isEmpty() ? 0 : down.shape().getFirst();
        requireShape(down, List.of(rank, (long) target.cols(config)));
        requireShape(up, List.of((long) target.rows(config), rank));
        if (rank < 1 || rank > MOST_RANK) {
            throw new FileFormatException(
                    Kind.BAD_DIM, down.file(), "tensor " + down.name(), "rank " + rank, "1 to " + MOST_RANK, "");
        }
        float[] scaled = read(up);
        float scale = strength * settings.scale((int) rank);
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= scale;
            if (!Float.isFinite(scaled[i])) {
                throw new FileFormatException(
                        Kind.NON_FINITE,
                        up.file(),
                        "tensor " + up.name() + ", element " + i,
                        scaled[i] + " once multiplied by " + scale,
                        "a finite number",
                        "Set a smaller lora_alpha, or less strength.");
            }
        }
        boolean reorder = spelling.names().headsAreInterleaved()
                && config.architecture() == Architecture.LLAMA
                && (target == LoraTarget.QUERY || target == LoraTarget.KEY);
        return new Pair((int) rank, read(down), reorder ? splitHalves(scaled, (int) rank) : scaled);
    }

    private void requireShape(TensorInfo tensor, List<Long> expected) {
        if (!tensor.shape().equals(expected)) {
            throw new FileFormatException(
                    Kind.SHAPE_MISMATCH,
                    tensor.file(),
                    "tensor " + tensor.name(),
                    "shape " + tensor.shape(),
                    "shape " + expected + ", as the model's sizes and the other factor say",
                    "The adapter was trained for a model of other sizes.");
        }
    }

    private float[] read(TensorInfo tensor) {
        int rows = tensor.shape().getFirst().intValue();
        int cols = tensor.shape().getLast().intValue();
        float[] values = new float[Math.multiplyExact(rows, cols)];
        try (Arena temporary = Arena.ofConfined()) {
            MemorySegment data = temporary.allocate(tensor.byteSize(), Long.BYTES);
            tensors.read(tensor, data);
            Matrix stored = new Matrix(tensor.name(), rows, cols, tensor.type(), data);
            for (int row = 0; row < rows; row++) {
                Dequantizer.readRow(stored, row, values, row * cols);
            }
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new FileFormatException(
                        Kind.NON_FINITE,
                        tensor.file(),
                        "tensor " + tensor.name() + ", element " + i,
                        Float.toString(values[i]),
                        "a finite number",
                        "The file is damaged, or the adapter diverged in training.");
            }
        }
        return values;
    }

    /** As {@link WeightLoader} does with the rows of the projection itself. */
    private float[] splitHalves(float[] interleaved, int cols) {
        int headDim = config.headDim();
        int half = headDim / 2;
        float[] ordered = new float[interleaved.length];
        for (int row = 0; row < interleaved.length / cols; row++) {
            int inHead = row % headDim;
            int source = row - inHead + 2 * (inHead % half) + inHead / half;
            System.arraycopy(interleaved, source * cols, ordered, row * cols, cols);
        }
        return ordered;
    }
}
