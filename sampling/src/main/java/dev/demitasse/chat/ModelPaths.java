package dev.demitasse.chat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Tells the kinds of model paths apart. */
final class ModelPaths {
    private static final byte[] GGUF_MAGIC = {'G', 'G', 'U', 'F'};

    private ModelPaths() {}

    /** @throws ModelNotFoundException if there is nothing */
    static void requireExists(Path path) {
        if (!Files.exists(path)) {
            throw new ModelNotFoundException(path.toAbsolutePath() + ": found nothing there; expected a GGUF file, a"
                    + " Hugging Face folder or a safetensors file. Check the path, or download the model");
        }
    }

    /** By name, else by content. */
    static boolean isGguf(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".gguf")) {
            return true;
        }
        if (name.endsWith(".safetensors") || name.endsWith(".json")) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            if (Arrays.equals(in.readNBytes(GGUF_MAGIC.length), GGUF_MAGIC)) {
                return true;
            }
        } catch (IOException e) {
            throw new ModelLoadException(path + " cannot be read: " + e, e);
        }
        throw new CorruptModelException(path
                + ": found neither GGUF nor a .safetensors file; expected one of them, or a" + " Hugging Face folder");
    }

    /** The Hugging Face folder that a path stands for: itself, or the one that a file of it lies in. */
    static Path folderOf(Path path) {
        return Files.isDirectory(path) ? path : path.resolveSibling("");
    }
}
