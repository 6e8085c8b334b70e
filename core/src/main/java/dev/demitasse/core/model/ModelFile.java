package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufOutput;
import dev.demitasse.core.format.Safetensors;
import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open model: its tensors and its configuration, checked against each other, nothing loaded yet.
 *
 * <p>It may be closed as soon as the weights are loaded.
 */
public final class ModelFile implements AutoCloseable {
    private static final String CONFIG = "config.json";
    private static final String FILE_TYPE = "general.file_type";
    private static final String BLOCK_VERSION = "general.quantization_version";

    private final TensorFile tensors;
    private final DecoderConfig config;
    private final TensorNames names;
    private final @Nullable WeightFormat format;

    private ModelFile(TensorFile tensors, DecoderConfig config, TensorNames names, @Nullable WeightFormat format) {
        this.tensors = tensors;
        this.config = config;
        this.names = names;
        this.format = format;
    }

    /**
     * Opens a model and checks that its tensors are those that its configuration needs.
     *
     * @param path a GGUF file, a Hugging Face folder with {@code config.json} and safetensors, or a safetensors file
     *     with its {@code config.json} beside it
     * @throws FileFormatException if something is missing, damaged or not supported
     */
    public static ModelFile open(Path path) {
        if (Files.isDirectory(path)) {
            return openHuggingFace(path.resolve(CONFIG), Safetensors.openFolder(path));
        }
        if (path.toString().endsWith(".safetensors")) {
            return openHuggingFace(path.resolveSibling(CONFIG), Safetensors.open(path));
        }
        Gguf gguf = Gguf.open(path);
        return checked(gguf, () -> new ModelFile(gguf, GgufConfig.read(gguf), TensorNames.GGUF, null));
    }

    private static ModelFile openHuggingFace(Path configJson, TensorFile tensors) {
        return checked(
                tensors,
                () -> new ModelFile(tensors, HuggingFaceConfig.read(configJson), TensorNames.HUGGING_FACE, null));
    }

    private static ModelFile checked(TensorFile tensors, Supplier<ModelFile> opening) {
        boolean good = false;
        try {
            ModelFile file = opening.get();
            file.names.check(tensors, file.config);
            good = true;
            return file;
        } finally {
            if (!good) {
                tensors.close();
            }
        }
    }

    /** The model's sizes. */
    public DecoderConfig config() {
        return config;
    }

    /** How its matrices are encoded once they are loaded. */
    public Set<DType> matrixTypes() {
        if (format != null) {
            return EnumSet.copyOf(format.matrixTypes(names, config).values());
        }
        Set<DType> types = EnumSet.noneOf(DType.class);
        for (TensorInfo tensor : tensors.tensors().values()) {
            if (tensor.shape().size() > 1 && tensor.isSupported()) {
                types.add(tensor.type());
            }
        }
        return types;
    }

    /** The file of weights; a {@link Gguf} has metadata besides. */
    public TensorFile tensors() {
        return tensors;
    }

    /**
     * The same file, whose matrices become {@code format} when they are loaded. It is closed with this one.
     *
     * @throws FileFormatException if matrices are stored in blocks of another type: rounding twice is refused
     */
    public ModelFile quantized(WeightFormat format) {
        format.matrixTypes(names, config)
                .forEach((name, type) -> MatrixConversion.requirePlain(tensors.tensor(name), type));
        return new ModelFile(tensors, config, names, format);
    }

    /** Bytes of weights by the type in which they are loaded. */
    public Map<String, Long> weightBytes() {
        Map<String, DType> changed = format == null ? Map.of() : format.matrixTypes(names, config);
        Map<String, Long> bytes = new TreeMap<>();
        for (TensorInfo tensor : tensors.tensors().values()) {
            DType type = changed.get(tensor.name());
            if (type == null) {
                bytes.merge(tensor.typeName(), tensor.byteSize(), Long::sum);
            } else {
                long rows = tensor.shape().getFirst();
                bytes.merge(type.name(), rows * type.rowBytes(tensor.shape().getLast()), Long::sum);
            }
        }
        return bytes;
    }

    /**
     * Loads the weights.
     *
     * @param kernels the set that will compute with them
     * @param workers who shares the work
     * @param progress told as it goes on, by the calling thread
     * @throws FileFormatException if norms or biases are not finite, or the file has changed since it was opened
     */
    public DecoderWeights load(Kernels kernels, Workers workers, LoadProgress progress) {
        Map<String, DType> types = format == null ? Map.of() : format.matrixTypes(names, config);
        return WeightLoader.load(
                tensors,
                config,
                names,
                kernels,
                workers,
                progress,
                (stored, arena) -> MatrixConversion.convert(
                        tensors.path(), stored, types.getOrDefault(stored.name(), stored.type()), arena));
    }

    /**
     * Writes this model as a GGUF file with matrices in {@code format}. Keys of a GGUF file are copied; of a folder the sizes
     * are written, and what else it is has to be in {@code description}.
     *
     * @param description keys that the file shall have besides
     * @param target replaced when the new file is complete
     * @param threads that quantise
     * @param progress told how many bytes of this model are done
     * @throws FileFormatException if matrices are stored in blocks of another type, or cannot be stored in {@code format}
     * @throws IOException if the file cannot be written; what was there stays
     */
    public void writeGguf(WeightFormat format, GgufOutput description, Path target, int threads, LoadProgress progress)
            throws IOException {
        if (tensors instanceof Gguf gguf) {
            description.copy(gguf.metadata(), Set.of(FILE_TYPE, BLOCK_VERSION));
        } else {
            GgufConfig.write(config, description);
            if (config.tied() && tensors.tensors().containsKey(names.head())) {
                WeightLoader.refuseAnotherHead(tensors, names);
            }
        }
        description.integer(FILE_TYPE, format.fileType()).integer(BLOCK_VERSION, 2);
        try (MatrixConversion conversion = new MatrixConversion(tensors.path(), threads)) {
            new ModelWriter(tensors, names, config, format, conversion, progress).write(description, target);
        }
    }

    /**
     * A digest that tells models apart: of the configuration, the names, types and shapes of all tensors, some bytes of
     * each, and the format that they get when they are loaded. Reads a few hundred kilobytes of the file.
     *
     * @return 64 hexadecimal digits
     * @throws FileFormatException if the file has changed since it was opened
     */
    public String fingerprint() {
        return ModelFingerprint.of(tensors, config, format);
    }

    /** Closes the file; loaded weights stay. */
    @Override
    public void close() {
        tensors.close();
    }
}
