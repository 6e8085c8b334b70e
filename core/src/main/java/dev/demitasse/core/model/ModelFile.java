package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.Safetensors;
import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * An open model: its tensors and its configuration, checked against each other, nothing loaded yet.
 *
 * <p>It may be closed as soon as the weights are loaded.
 */
public final class ModelFile implements AutoCloseable {
    private static final String CONFIG = "config.json";

    private final TensorFile tensors;
    private final DecoderConfig config;
    private final TensorNames names;

    private ModelFile(TensorFile tensors, DecoderConfig config, TensorNames names) {
        this.tensors = tensors;
        this.config = config;
        this.names = names;
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
        return checked(gguf, () -> new ModelFile(gguf, GgufConfig.read(gguf), TensorNames.GGUF));
    }

    private static ModelFile openHuggingFace(Path configJson, TensorFile tensors) {
        return checked(
                tensors, () -> new ModelFile(tensors, HuggingFaceConfig.read(configJson), TensorNames.HUGGING_FACE));
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

    /** How its matrices are encoded. */
    public Set<DType> matrixTypes() {
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
     * Loads the weights.
     *
     * @param kernels the set that will compute with them
     * @param workers who shares the work
     * @param progress told as it goes on, by the calling thread
     * @throws FileFormatException if norms or biases are not finite, or the file has changed since it was opened
     */
    public DecoderWeights load(Kernels kernels, Workers workers, LoadProgress progress) {
        return WeightLoader.load(tensors, config, names, kernels, workers, progress);
    }

    /**
     * A digest that tells models apart: of the configuration, the names, types and shapes of all tensors, and some bytes of
     * each. Reads a few hundred kilobytes of the file.
     *
     * @return 64 hexadecimal digits
     * @throws FileFormatException if the file has changed since it was opened
     */
    public String fingerprint() {
        return ModelFingerprint.of(tensors, config);
    }

    /** Closes the file; loaded weights stay. */
    @Override
    public void close() {
        tensors.close();
    }
}
