package dev.demitasse.chat;

import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.model.DecoderConfig;
import dev.demitasse.core.model.ModelFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects what a model's file says about it. */
final class ModelFacts {
    private ModelFacts() {}

    static ModelInfo.Facts of(Path path, ModelFile file) {
        DecoderConfig config = file.config();
        return new ModelInfo.Facts(
                name(path, file),
                config.architecture().id(),
                config.layers(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.heads(),
                config.kvHeads(),
                config.headDim(),
                config.vocabularySize(),
                config.contextLength(),
                parameters(file),
                weightBytes(file),
                metadata(file, "general.license"));
    }

    private static String name(Path path, ModelFile file) {
        String own = metadata(file, "general.name");
        return own != null && !own.isBlank()
                ? own
                : String.valueOf(path.toAbsolutePath().normalize().getFileName());
    }

    private static @Nullable String metadata(ModelFile file, String key) {
        return file.tensors() instanceof Gguf gguf ? gguf.metadata().findString(key) : null;
    }

    private static long parameters(ModelFile file) {
        long parameters = 0;
        for (TensorInfo tensor : file.tensors().tensors().values()) {
            parameters += tensor.shape().stream().reduce(1L, Math::multiplyExact);
        }
        return parameters;
    }

    private static Map<String, Long> weightBytes(ModelFile file) {
        Map<String, Long> sorted = new LinkedHashMap<>();
        file.weightBytes().entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return Collections.unmodifiableMap(sorted);
    }
}
