package dev.demitasse.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A model that is here.
 *
 * @param name what it can be asked for by
 * @param path what to load
 * @param bytes of its files
 */
public record StoredModel(String name, Path path, long bytes) {
    /** The models of a snapshot: each of its GGUF files, and itself if it has safetensors. */
    static List<StoredModel> in(Path snapshot, ModelName.Repository repository) throws IOException {
        List<StoredModel> models = new ArrayList<>();
        long bytes = 0;
        for (Path file : Folders.files(snapshot)) {
            if (!Files.isRegularFile(file)) {
                continue; // a link whose content another tool has removed
            }
            String name = snapshot.relativize(file).toString().replace('\\', '/');
            if (name.endsWith(".gguf")) {
                models.add(new StoredModel(repository.withFile(name).toString(), file, Files.size(file)));
            } else {
                bytes += Files.size(file);
            }
        }
        if (ModelFolder.isComplete(snapshot)) {
            models.add(new StoredModel(Objects.toString(repository), snapshot, bytes));
        }
        return models;
    }
}
