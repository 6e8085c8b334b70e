package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Several safetensors files and the index that says which tensor is in which.
 *
 * <p>The index may name files in its own folder and below only; a name that is absolute or leads out by {@code ..} is
 * refused before anything is opened. Symbolic links that lie in the folder are followed wherever they lead, because
 * Hugging Face's cache is made of them and an index cannot create one.
 *
 * <p>Tensors that a shard holds without the index naming them are not offered. The index's {@code total_size} is not
 * compared: each shard's header covers its file exactly, which finds all that the sum could, and converters are known to
 * write other sums.
 */
public final class ShardedSafetensors implements TensorFile {
    private static final int MAX_SHARDS = 1024;

    private final Path index;
    private final Map<Path, Safetensors> shards;
    private final Safetensors[] openShards;
    private final Map<String, TensorInfo> tensors;

    private ShardedSafetensors(Path index, Map<Path, Safetensors> shards, Map<String, TensorInfo> tensors) {
        this.index = index;
        this.shards = shards;
        this.openShards = shards.values().toArray(new Safetensors[0]);
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens the shards that an index lists and checks all of them.
     *
     * @param index {@code model.safetensors.index.json} or a file like it
     * @throws FileFormatException if the index or a shard is missing, unreadable or damaged, if the index leads outside
     *     its folder, or if a shard lacks a tensor that the index promises
     */
    public static ShardedSafetensors open(Path index) {
        Map<String, Path> shardOf = readIndex(index);
        Map<Path, Safetensors> shards = new LinkedHashMap<>();
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        try {
            shardOf.forEach((name, shard) -> tensors.put(
                    name, shards.computeIfAbsent(shard, Safetensors::open).tensor(name)));
            return new ShardedSafetensors(index, shards, tensors);
        } catch (RuntimeException failure) {
            shards.values().forEach(Safetensors::close);
            throw failure;
        }
    }

    private static Map<String, Path> readIndex(Path index) {
        byte[] text;
        try (OpenFile file = OpenFile.open(index)) {
            if (file.size() > SafetensorsHeader.MAX_LENGTH) {
                throw FileFormatException.damaged(
                        Kind.BAD_HEADER_LENGTH,
                        index,
                        "the whole file",
                        file.size() + " bytes",
                        "at most " + SafetensorsHeader.MAX_LENGTH);
            }
            text = new byte[(int) file.size()];
            file.readFully(0, text, 0, text.length);
        }
        Map<String, Path> shardOf = new LinkedHashMap<>();
        Map<String, Path> byName = new LinkedHashMap<>();
        try (JsonReader json = new JsonReader(index, text)) {
            json.document(Kind.BAD_HEADER, field -> {
                if (!field.equals("weight_map")) {
                    json.skip();
                    return;
                }
                json.object(field, Kind.DUPLICATE_TENSOR, tensor -> {
                    String shard = json.string("the shard of tensor " + tensor);
                    shardOf.put(tensor, byName.computeIfAbsent(shard, name -> resolve(index, tensor, name)));
                    if (shardOf.size() > SafetensorsHeader.MAX_TENSORS || byName.size() > MAX_SHARDS) {
                        throw json.error(
                                Kind.COUNT_TOO_LARGE,
                                shardOf.size() + " tensors in " + byName.size() + " shards",
                                "at most " + SafetensorsHeader.MAX_TENSORS + " in " + MAX_SHARDS);
                    }
                });
            });
        }
        if (shardOf.isEmpty()) {
            throw FileFormatException.damaged(
                    Kind.BAD_HEADER, index, "weight_map", "no tensor", "which shard holds which tensor");
        }
        return shardOf;
    }

    private static Path resolve(Path index, String tensor, String name) {
        try {
            Path relative = index.getFileSystem().getPath(name).normalize();
            boolean inside = !relative.isAbsolute()
                    && !relative.startsWith("..")
                    && !relative.toString().isEmpty()
                    && name.indexOf('\\') < 0;
            if (inside) {
                return index.resolveSibling(relative);
            }
        } catch (InvalidPathException unusable) {
            // The same refusal: it names no file in the folder.
        }
        throw new FileFormatException(
                Kind.PATH_ESCAPE,
                index,
                "weight_map, tensor " + tensor,
                "the file name \"" + name + "\"",
                "a file in the folder of the index",
                "Do not trust this model.");
    }

    /** The index file. */
    @Override
    public Path path() {
        return index;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment map(TensorInfo tensor, Arena arena) {
        return shardOf(tensor).map(tensor, arena);
    }

    @Override
    public void read(TensorInfo tensor, MemorySegment target) {
        shardOf(tensor).read(tensor, target);
    }

    private Safetensors shardOf(TensorInfo tensor) {
        Safetensors shard = shards.get(tensor.file());
        if (shard == null) {
            throw new IllegalArgumentException(tensor.file() + " is not a shard of " + index);
        }
        return shard;
    }

    @Override
    public void checkUnchanged() {
        for (Safetensors shard : openShards) {
            shard.checkUnchanged();
        }
    }

    @Override
    public void close() {
        shards.values().forEach(Safetensors::close);
    }
}
