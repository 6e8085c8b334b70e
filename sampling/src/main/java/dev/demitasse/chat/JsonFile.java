package dev.demitasse.chat;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Small JSON and text files beside a model. */
final class JsonFile {
    // Real ones have kilobytes; a chat template is the longest thing in them.
    private static final long MAX_BYTES = 1 << 24;

    private JsonFile() {}

    /**
     * Reads a JSON object.
     *
     * @throws CorruptModelException if the file is something else
     * @throws ModelLoadException if it cannot be read
     */
    static Map<String, @Nullable Object> readObject(Path file) {
        String text = readText(file);
        try {
            if (JsonReader.read(text) instanceof Map<?, ?> object) {
                return JsonValues.asObject(object);
            }
            throw new CorruptModelException(file + ": found other JSON; expected an object");
        } catch (TemplateException e) {
            throw new CorruptModelException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads a text.
     *
     * @throws CorruptModelException if the file is not UTF-8, or too long
     * @throws ModelLoadException if it cannot be read
     */
    static String readText(Path file) {
        try {
            long bytes = Files.size(file);
            if (bytes > MAX_BYTES) {
                throw new CorruptModelException(file + ": found " + bytes + " bytes; expected at most " + MAX_BYTES);
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new CorruptModelException(file + ": found bytes that are not UTF-8; expected text", e);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e, e);
        }
    }
}
