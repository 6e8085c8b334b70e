package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.tensor.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a tensor lies and what it is. Checked when its file was opened: the bytes are inside the file, and their number
 * is what type and shape need.
 *
 * @param file the file that holds it (a shard, where there are several)
 * @param name its name in the file
 * @param typeName the storage type by the format's name, whether this library computes with it or not
 * @param shape row-major, outermost dimension first, in both formats; empty for a scalar
 * @param offset its first byte, counted from the start of the file; no alignment is promised
 * @param byteSize how many bytes it takes
 */
public record TensorInfo(Path file, String name, String typeName, List<Long> shape, long offset, long byteSize) {
    private static final String SUPPORTED =
            Arrays.stream(DType.values()).map(DType::name).collect(Collectors.joining(" "));

    /** Makes the description; the list is copied. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** Whether {@link #type()} would give an answer. */
    public boolean isSupported() {
        return Arrays.stream(DType.values()).anyMatch(type -> type.name().equals(typeName));
    }

    /**
     * The type as the kernels know it.
     *
     * @throws FileFormatException if no kernel reads this type
     */
    public DType type() {
        for (DType type : DType.values()) {
            if (type.name().equals(typeName)) {
                return type;
            }
        }
        throw new FileFormatException(
                Kind.UNSUPPORTED_TENSOR_TYPE,
                file,
                "tensor " + name,
                "type " + typeName,
                "one of " + SUPPORTED,
                "Convert the model again to one of these, for instance Q8_0.");
    }
}
