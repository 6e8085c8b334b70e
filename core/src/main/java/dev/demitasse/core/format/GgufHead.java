package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What precedes the weights in a GGUF file: metadata and tensor descriptions, read and checked. */
record GgufHead(GgufMetadata metadata, Map<String, TensorInfo> tensors) {
    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    static final String ALIGNMENT_KEY = "general.alignment";
    private static final int DEFAULT_ALIGNMENT = 32;
    // Above every model seen (DeepSeek-V3 has 92,000 tensors), low enough for a small heap.
    private static final int MAX_ENTRIES = 1 << 17;
    // GGUF specification: keys of at most 2^16 - 1 bytes, tensor names of at most 64.
    private static final int MAX_KEY_BYTES = (1 << 16) - 1;
    private static final int MAX_NAME_BYTES = 64;
    private static final int MAX_DIMS = 4;

    static GgufHead read(OpenFile file) {
        return new Parser(file).parse();
    }

    private static final class Parser {
        private final OpenFile file;
        private final Path path;
        private final GgufReader reader;

        Parser(OpenFile file) {
            this.file = file;
            this.path = file.path();
            this.reader = new GgufReader(file);
        }

        GgufHead parse() {
            checkMagicAndVersion();
            int tensorCount = reader.count("the list of tensors", MAX_ENTRIES, Kind.COUNT_TOO_LARGE);
            int entryCount = reader.count("the metadata", MAX_ENTRIES, Kind.COUNT_TOO_LARGE);
            Map<String, GgufValue> values = new LinkedHashMap<>();
            for (int i = 0; i < entryCount; i++) {
                readEntry(values);
            }
            GgufMetadata metadata = new GgufMetadata(path, reader.bytes(), values);
            int alignment = alignment(metadata);
            List<Declared> declared = new ArrayList<>();
            for (int i = 0; i < tensorCount; i++) {
                declared.add(readTensor(alignment));
            }
            long dataStart = roundUp(reader.position(), alignment);
            return new GgufHead(new GgufMetadata(path, reader.bytes(), values), place(declared, dataStart));
        }

        private void checkMagicAndVersion() {
            if (reader.i32("the magic number") != MAGIC) {
                throw new FileFormatException(
                        Kind.BAD_MAGIC,
                        path,
                        "byte 0",
                        String.format(
                                Locale.ROOT,
                                "the bytes %08x",
                                Integer.reverseBytes(GgufReader.intAt(reader.bytes(), 0))),
                        "\"GGUF\" (47475546)",
                        "This is not a GGUF file; older GGML and GGJT files must be converted again.");
            }
            int version = reader.i32("the version");
            if (version == 2 || version == 3) {
                return;
            }
            boolean bigEndian = (version & 0xffff) == 0 && version != 0;
            throw new FileFormatException(
                    Kind.UNSUPPORTED_VERSION,
                    path,
                    "byte 4",
                    bigEndian
                            ? "a big-endian file of version " + Integer.reverseBytes(version)
                            : "version " + Integer.toUnsignedString(version),
                    "little-endian version 2 or 3",
                    "Convert the model again with a current converter.");
        }

        private void readEntry(Map<String, GgufValue> values) {
            int start = reader.position();
            String key = reader.string("a metadata key", MAX_KEY_BYTES);
            if (key.isEmpty()) {
                throw reader.error(Kind.BAD_KEY, start, "an empty metadata key", "a name");
            }
            GgufValue value = readValue(key);
            if (values.putIfAbsent(key, value) != null) {
                throw reader.error(Kind.DUPLICATE_KEY, start, "key " + key + " a second time", "each key once");
            }
        }

        private GgufValue readValue(String key) {
            String what = "the value of " + key;
            GgufValueType type = readType(key);
            return switch (type) {
                case STRING -> {
                    int length = readLength(what);
                    yield GgufValue.scalar(type, reader.advance(length, what), length);
                }
                case ARRAY -> readArray(key, what);
                default -> GgufValue.scalar(type, reader.advance(type.minBytes(), what), 1);
            };
        }

        private GgufValueType readType(String key) {
            int start = reader.position();
            int id = reader.i32("the type of " + key);
            GgufValueType type = GgufValueType.of(id);
            if (type == null) {
                throw reader.error(
                        Kind.UNKNOWN_METADATA_TYPE,
                        start,
                        "key " + key + " of type " + Integer.toUnsignedString(id),
                        "a type from 0 to " + (GgufValueType.values().length - 1));
            }
            return type;
        }

        private int readLength(String what) {
            return reader.count(what, GgufReader.MAX_HEAD, Kind.STRING_TOO_LONG);
        }

        private GgufValue readArray(String key, String what) {
            int start = reader.position();
            GgufValueType elementType = readType(key);
            if (elementType == GgufValueType.ARRAY) {
                throw reader.error(Kind.NESTED_ARRAY, start, "key " + key + " with an array of arrays", "a flat array");
            }
            int limit = GgufReader.MAX_HEAD / elementType.minBytes();
            int length = reader.count(what, limit, Kind.ARRAY_TOO_LONG);
            if (elementType != GgufValueType.STRING) {
                return GgufValue.array(elementType, reader.advance(length * elementType.minBytes(), what), length);
            }
            // Each string takes at least its length's 8 bytes: only then may the claim decide about memory.
            if ((long) length * Long.BYTES > reader.remaining()) {
                throw reader.error(
                        Kind.TRUNCATED,
                        start,
                        "key " + key + " with " + length + " strings, but only " + reader.remaining()
                                + " bytes to the end of the file",
                        "the whole array");
            }
            int[] starts = new int[length];
            for (int i = 0; i < length; i++) {
                starts[i] = reader.position();
                reader.advance(readLength(what), what);
            }
            return GgufValue.strings(start, starts);
        }

        private int alignment(GgufMetadata metadata) {
            if (!metadata.has(ALIGNMENT_KEY)) {
                return DEFAULT_ALIGNMENT;
            }
            String type = metadata.typeName(ALIGNMENT_KEY);
            if (!type.equals(GgufValueType.U32.label())) {
                throw FileFormatException.damaged(Kind.METADATA_TYPE, path, "key " + ALIGNMENT_KEY, type, "u32");
            }
            long alignment = metadata.integer(ALIGNMENT_KEY);
            if (alignment > 1 << 30 || Long.bitCount(alignment) != 1) {
                throw FileFormatException.damaged(
                        Kind.BAD_ALIGNMENT, path, "key " + ALIGNMENT_KEY, Long.toString(alignment), "a power of two");
            }
            return (int) alignment;
        }

        /** A tensor as described, its offset still counted from the start of the weights. */
        private record Declared(String name, GgmlType type, List<Long> shape, long offset, long byteSize) {}

        private Declared readTensor(int alignment) {
            String name = reader.string("a tensor name", MAX_NAME_BYTES);
            String place = "tensor " + name;
            List<Long> shape = readShape(place);
            int typeId = reader.i32("the type of " + place);
            GgmlType type = GgmlType.of(typeId);
            if (type == null) {
                throw new FileFormatException(
                        Kind.UNKNOWN_TENSOR_TYPE,
                        path,
                        place,
                        "type number " + Integer.toUnsignedString(typeId),
                        "a type that ggml defines",
                        "The file is damaged, or its type was removed from ggml; convert it again.");
            }
            long byteSize = byteSize(place, type, shape);
            long offset = reader.i64("the offset of " + place);
            if (offset < 0 || offset > file.size()) {
                throw outOfFile(place, Long.toUnsignedString(offset), byteSize);
            }
            if (offset % alignment != 0) {
                throw FileFormatException.damaged(
                        Kind.MISALIGNED_OFFSET, path, place, "offset " + offset, "a multiple of " + alignment);
            }
            return new Declared(name, type, shape, offset, byteSize);
        }

        private List<Long> readShape(String place) {
            int rank = reader.i32("the number of dimensions of " + place);
            if (rank < 1 || rank > MAX_DIMS) {
                throw FileFormatException.damaged(
                        Kind.BAD_DIM, path, place, Integer.toUnsignedString(rank) + " dimensions", "1 to " + MAX_DIMS);
            }
            List<Long> shape = new ArrayList<>(rank);
            for (int i = 0; i < rank; i++) {
                long dim = reader.i64("the shape of " + place);
                if (dim <= 0) {
                    throw FileFormatException.damaged(
                            Kind.BAD_DIM, path, place, "dimension " + dim, "a positive number");
                }
                // GGUF counts from the innermost dimension.
                shape.addFirst(dim);
            }
            return shape;
        }

        private long byteSize(String place, GgmlType type, List<Long> shape) {
            long cols = shape.getLast();
            if (cols % type.blockSize() != 0) {
                throw FileFormatException.damaged(
                        Kind.BLOCK_MISMATCH,
                        path,
                        place,
                        "rows of " + cols + " values of type " + type,
                        "a multiple of " + type.blockSize());
            }
            try {
                long elements = 1;
                for (long dim : shape) {
                    elements = Math.multiplyExact(elements, dim);
                }
                return Math.multiplyExact(elements / type.blockSize(), (long) type.blockBytes());
            } catch (ArithmeticException overflow) {
                throw new FileFormatException(
                        Kind.DIM_OVERFLOW,
                        path,
                        place,
                        "shape " + shape + " of type " + type,
                        "less than 2^63 bytes",
                        "The file is damaged; download or convert it again.",
                        overflow);
            }
        }

        private Map<String, TensorInfo> place(List<Declared> declared, long dataStart) {
            Map<String, TensorInfo> tensors = LinkedHashMap.newLinkedHashMap(declared.size());
            for (Declared tensor : declared) {
                String place = "tensor " + tensor.name;
                long offset = dataStart + tensor.offset;
                if (tensor.byteSize > file.size() || offset > file.size() - tensor.byteSize) {
                    throw outOfFile(place, Long.toString(tensor.offset), tensor.byteSize);
                }
                TensorInfo info =
                        new TensorInfo(path, tensor.name, tensor.type.name(), tensor.shape, offset, tensor.byteSize);
                if (tensors.putIfAbsent(tensor.name, info) != null) {
                    throw FileFormatException.damaged(
                            Kind.DUPLICATE_TENSOR, path, place, "this name a second time", "each name once");
                }
            }
            checkOverlap(tensors);
            return tensors;
        }

        private void checkOverlap(Map<String, TensorInfo> tensors) {
            List<TensorInfo> byOffset = new ArrayList<>(tensors.values());
            byOffset.sort(Comparator.comparingLong(TensorInfo::offset));
            for (int i = 1; i < byOffset.size(); i++) {
                TensorInfo before = byOffset.get(i - 1);
                TensorInfo tensor = byOffset.get(i);
                if (tensor.offset() < before.offset() + before.byteSize()) {
                    throw FileFormatException.damaged(
                            Kind.OVERLAP,
                            path,
                            "tensor " + tensor.name(),
                            "byte " + tensor.offset() + ", inside tensor " + before.name(),
                            "at least byte " + (before.offset() + before.byteSize()));
                }
            }
        }

        private FileFormatException outOfFile(String place, String offset, long byteSize) {
            return FileFormatException.damaged(
                    Kind.OFFSET_OUT_OF_FILE,
                    path,
                    place,
                    byteSize + " bytes from offset " + offset,
                    "a tensor inside the file of " + file.size() + " bytes");
        }

        private static long roundUp(long position, int alignment) {
            return (position + alignment - 1) / alignment * alignment;
        }
    }
}
