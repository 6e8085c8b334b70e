package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/**
 * An open file of named tensors. Opening checks everything that the file says about itself; the weights are read only
 * when asked for. Safe for use by several threads.
 *
 * <p>The file stays open until {@link #close()}. Mapped tensors live as long as their arena, also after that.
 */
public sealed interface TensorFile extends AutoCloseable permits Gguf, Safetensors, ShardedSafetensors {
    /** The file, or the folder of several, as the caller named it. */
    Path path();

    /** The tensors by name, in the order of the file. */
    Map<String, TensorInfo> tensors();

    /**
     * The tensor with this name.
     *
     * @throws FileFormatException if there is none
     */
    default TensorInfo tensor(String name) {
        TensorInfo tensor = tensors().get(name);
        if (tensor == null) {
            throw new FileFormatException(
                    Kind.MISSING_TENSOR,
                    path(),
                    "tensor " + name,
                    "no tensor of this name among " + tensors().size(),
                    "it to be there",
                    "The file is not a complete model; download or convert it again.");
        }
        return tensor;
    }

    /**
     * Maps a tensor's bytes, read only, without reading them yet. Only for ordinary reads: if another process cuts the
     * file short they throw {@link InternalError}, whereas vector loads end the JVM; see docs/DECISIONS.md, "Mapped
     * files".
     *
     * @param tensor one of {@link #tensors()}
     * @param arena what ends the mapping
     * @throws FileFormatException if the file has become shorter since it was opened, or cannot be mapped
     */
    MemorySegment map(TensorInfo tensor, Arena arena);

    /**
     * Copies a tensor's bytes into the caller's memory.
     *
     * @param tensor one of {@link #tensors()}
     * @param target at least {@code tensor.byteSize()} bytes; the rest is left alone
     * @throws FileFormatException if the file has become shorter since it was opened, or cannot be read
     */
    void read(TensorInfo tensor, MemorySegment target);

    /**
     * Throws if the file has not the length it had when it was opened. Costs a system call and no allocation.
     *
     * @throws FileFormatException CHANGED, or UNREADABLE after {@link #close()}
     */
    void checkUnchanged();

    /** Closes the file. Idempotent. */
    @Override
    void close();
}
