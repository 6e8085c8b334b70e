package dev.demitasse.core.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/**
 * A GGUF file, versions 2 and 3, little-endian (GGUF specification, ggml's {@code docs/gguf.md}).
 *
 * <p>Opening reads and checks the whole head: counts, lengths, nesting, duplicates, tensor types and shapes, alignment,
 * and that the tensors lie inside the file without sharing bytes. Gaps between tensors and bytes after the last one are
 * harmless and accepted.
 */
public final class Gguf implements TensorFile {
    private final OpenFile file;
    private final GgufMetadata metadata;
    private final Map<String, TensorInfo> tensors;

    private Gguf(OpenFile file, GgufMetadata metadata, Map<String, TensorInfo> tensors) {
        this.file = file;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens a file and checks it.
     *
     * @throws FileFormatException if the file is missing, unreadable, damaged or of a version not supported
     */
    public static Gguf open(Path path) {
        OpenFile file = OpenFile.open(path);
        try {
            GgufHead head = GgufHead.read(file);
            return new Gguf(file, head.metadata(), head.tensors());
        } catch (RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    /** The key-value pairs. */
    public GgufMetadata metadata() {
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
