package dev.demitasse.core.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/**
 * A safetensors file (Hugging Face's {@code safetensors} format text).
 *
 * <p>As the reference library does, opening demands that the tensors cover the data exactly: no overlap, no gap, nothing
 * after the last one.
 */
public final class Safetensors implements TensorFile {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final OpenFile file;
    private final Map<String, String> metadata;
    private final Map<String, TensorInfo> tensors;

    private Safetensors(OpenFile file, SafetensorsHeader header) {
        this.file = file;
        this.metadata = Collections.unmodifiableMap(header.metadata());
        this.tensors = Collections.unmodifiableMap(header.tensors());
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws FileFormatException if the file is missing, unreadable or damaged
     */
    public static Safetensors open(Path path) {
        OpenFile file = OpenFile.open(path);
        try {
            return new Safetensors(file, SafetensorsHeader.read(file));
        } catch (RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    /**
     * Opens the weights of a Hugging Face folder: {@code model.safetensors}, or, where there is none, the shards that
     * {@code model.safetensors.index.json} lists.
     *
     * @throws FileFormatException if there is neither, or as {@link #open} and {@link ShardedSafetensors#open} do
     */
    public static TensorFile openFolder(Path folder) {
        Path index = folder.resolve(INDEX);
        if (!Files.exists(folder.resolve(SINGLE)) && Files.exists(index)) {
            return ShardedSafetensors.open(index);
        }
        return open(folder.resolve(SINGLE));
    }

    /** The header's {@code __metadata__}; empty where there is none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment map(TensorInfo tensor, Arena arena) {
        return file.map(tensor.offset(), tensor.byteSize(), arena);
    }

    @Override
    public void read(TensorInfo tensor, MemorySegment target) {
        file.readFully(tensor.offset(), target.asSlice(0, tensor.byteSize()));
    }

    @Override
    public void checkUnchanged() {
        file.checkUnchanged();
    }

    @Override
    public void close() {
        file.close();
    }
}
