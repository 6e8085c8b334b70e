package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelHub;
import dev.demitasse.demo.DemoModel;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a MODEL argument may name. */
final class ModelFiles {
    static final String HELP = "a GGUF file, a folder with config.json and safetensors, one .safetensors file with its"
            + " config.json beside it, or a name to load it by: hf:owner/repository/file.gguf, https://..."
            + " or qwen2.5-0.5b (default: the bundled model)";
    static final String TOKENIZER_HELP =
            HELP + "; a folder with only tokenizer files or a tokenizer.json are enough here";

    private static final List<String> MODEL_SUFFIXES = List.of(".gguf", ".safetensors", ".json");

    private ModelFiles() {}

    /** The path of a model, after its download if it is named and not here; without a name that of the bundled one. */
    static Path find(@Nullable String model, PrintWriter notes) {
        if (model == null) {
            return DemoModel.path();
        }
        if (!isName(model)) {
            return Path.of(model);
        }
        DownloadNotes progress = new DownloadNotes(notes);
        return ModelHub.builder().onProgress(progress::show).build().fetch(model);
    }

    /** A file wins over a short name that it happens to be called by. */
    private static boolean isName(String word) {
        return ModelHub.isName(word) && !exists(word);
    }

    private static boolean exists(String word) {
        try {
            return Files.exists(Path.of(word));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    /** Whether a word on the command line names a model and not the start of a question. */
    static boolean looksLikeModel(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        if (MODEL_SUFFIXES.stream().anyMatch(lower::endsWith)) {
            return true;
        }
        // A question may begin with an address, or with a word and a colon.
        boolean oneWord = word.chars().noneMatch(Character::isWhitespace);
        return (oneWord && ModelHub.isName(word)) || exists(word);
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
