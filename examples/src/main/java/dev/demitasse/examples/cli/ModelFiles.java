package dev.demitasse.examples.cli;

import dev.demitasse.demo.DemoModel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a MODEL argument may name. */
final class ModelFiles {
    static final String HELP =
            "a GGUF file, a folder with config.json and safetensors, or one .safetensors file with its"
                    + " config.json beside it (default: the bundled model)";
    static final String TOKENIZER_HELP =
            HELP + "; a folder with only tokenizer files or a tokenizer.json are enough here";

    private static final List<String> MODEL_SUFFIXES = List.of(".gguf", ".safetensors", ".json");

    private ModelFiles() {}

    /** The path, or that of the bundled model. */
    static Path orBundled(@Nullable Path model) {
        return model == null ? DemoModel.path() : model;
    }

    /** Whether a word on the command line names a model and not the start of a question. */
    static boolean looksLikeModel(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        if (MODEL_SUFFIXES.stream().anyMatch(lower::endsWith)) {
            return true;
        }
        try {
            return Files.exists(Path.of(word));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    /** Whether there are weights, as far as names tell. */
    static boolean hasWeights(Path path) {
        return Files.isDirectory(path)
                ? Files.exists(path.resolve("model.safetensors"))
                        || Files.exists(path.resolve("model.safetensors.index.json"))
                        || !hasTokenizer(path)
                : !path.toString().endsWith(".json");
    }

    /** Whether the weights come with the sizes of a model. */
    static boolean hasConfiguration(Path path) {
        if (Files.isDirectory(path)) {
            return hasWeights(path);
        }
        return hasWeights(path)
                && (!path.toString().endsWith(".safetensors") || Files.exists(path.resolveSibling("config.json")));
    }

    /** Whether there is a tokenizer. */
    static boolean hasTokenizer(Path path) {
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve("tokenizer.json"));
        }
        return !path.toString().endsWith(".safetensors") || Files.exists(path.resolveSibling("tokenizer.json"));
    }
}
