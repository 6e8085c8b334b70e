package dev.demitasse.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Which files of a repository make a model in safetensors. */
final class ModelFolder {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final Pattern SHARD = Pattern.compile("model-\\d+-of-\\d+\\.safetensors");
    private static final List<String> REQUIRED = List.of("config.json", "tokenizer.json");
    private static final List<String> DESCRIPTIONS = List.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja",
            INDEX);

    private ModelFolder() {}

    /** The files that are needed, small ones first, or none if there is no such model. */
    static List<String> filesOf(List<String> repository) {
        boolean single = repository.contains(SINGLE);
        if (!repository.containsAll(REQUIRED) || !(single || repository.contains(INDEX))) {
            return List.of();
        }
        return repository.stream()
                .filter(file ->
                        DESCRIPTIONS.contains(file) || SHARD.matcher(file).matches() || file.equals(SINGLE))
                // A repository that has both has the same weights twice.
                .filter(file ->
                        !single || !(file.equals(INDEX) || SHARD.matcher(file).matches()))
                .sorted((a, b) -> Boolean.compare(a.endsWith(".safetensors"), b.endsWith(".safetensors")))
                .toList();
    }

    /** Whether a folder has what a model needs. */
    static boolean isComplete(Path folder) throws IOException {
        if (!REQUIRED.stream().allMatch(file -> Files.isRegularFile(folder.resolve(file)))) {
            return false;
        }
        if (Files.isRegularFile(folder.resolve(SINGLE))) {
            return true;
        }
        Path index = folder.resolve(INDEX);
        if (!Files.isRegularFile(index)) {
            return false;
        }
        List<String> shards = SHARD.matcher(Files.readString(index, StandardCharsets.UTF_8))
                .results()
                .map(MatchResult::group)
                .toList();
        return !shards.isEmpty() && shards.stream().allMatch(shard -> Files.isRegularFile(folder.resolve(shard)));
    }
}
