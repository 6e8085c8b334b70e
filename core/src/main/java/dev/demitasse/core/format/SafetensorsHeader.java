package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON header of a safetensors file, read and checked. */
record SafetensorsHeader(Map<String, String> metadata, Map<String, TensorInfo> tensors) {
    /** Longest header accepted; 100,000 tensors take about 15 MB. */
    static final int MAX_LENGTH = 1 << 26;
    /** Most tensors accepted: above every model seen, low enough for a small heap. */
    static final int MAX_TENSORS = 1 << 17;

    private static final String METADATA = "__metadata__";
    private static final int MAX_DIMS = 8;

    static SafetensorsHeader read(OpenFile file) {
        int length = readLength(file);
        byte[] text = new byte[length];
        file.readFully(Long.BYTES, text, 0, length);
        try (JsonReader json = new JsonReader(file.path(), text)) {
            Parser parser = new Parser(file, json, (long) Long.BYTES + length);
            json.document(Kind.DUPLICATE_TENSOR, parser::readField);
            parser.checkCoverage();
            return new SafetensorsHeader(parser.metadata, parser.tensors);
        }
    }

    private static int readLength(OpenFile file) {
        if (file.size() < Long.BYTES) {
            throw FileFormatException.damaged(
                    Kind.TRUNCATED,
                    file.path(),
                    "byte 0",
                    "a file of " + file.size() + " bytes",
                    "at least the " + Long.BYTES + " bytes of the header length");
        }
        byte[] prefix = new byte[Long.BYTES];
        file.readFully(0, prefix, 0, Long.BYTES);
        long length = GgufReader.longAt(prefix, 0);
        if (length <= 0 || length > MAX_LENGTH) {
            throw FileFormatException.damaged(
                    Kind.BAD_HEADER_LENGTH,
                    file.path(),
                    "byte 0",
                    "a header length of " + Long.toUnsignedString(length),
                    "1 to " + MAX_LENGTH);
        }
        if (length > file.size() - Long.BYTES) {
            throw FileFormatException.damaged(
                    Kind.TRUNCATED,
                    file.path(),
                    "byte 0",
                    "a header of " + length + " bytes in a file of " + file.size(),
                    "the whole header");
        }
        return (int) length;
    }

    private static final class Parser {
        private final OpenFile file;
        private final JsonReader json;
        private final long dataStart;
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

        Parser(OpenFile file, JsonReader json, long dataStart) {
            this.file = file;
            this.json = json;
            this.dataStart = dataStart;
        }

        void readField(String name) {
            if (name.equals(METADATA)) {
                json.object(METADATA, Kind.DUPLICATE_KEY, key -> metadata.put(key, json.string(METADATA + " " + key)));
                return;
            }
            if (tensors.size() == MAX_TENSORS) {
                throw json.error(Kind.COUNT_TOO_LARGE, "one tensor more", "at most " + MAX_TENSORS);
            }
            Entry entry = new Entry(name);
            json.object("tensor " + name, Kind.BAD_HEADER, entry::readField);
            tensors.put(name, entry.toTensor());
        }

        void checkCoverage() {
            List<TensorInfo> byOffset = new ArrayList<>(tensors.values());
            byOffset.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::byteSize));
            long end = dataStart;
            for (TensorInfo tensor : byOffset) {
                if (tensor.offset() != end) {
                    throw FileFormatException.damaged(
                            tensor.offset() < end ? Kind.OVERLAP : Kind.GAP,
                            file.path(),
                            "tensor " + tensor.name(),
                            "its first byte at " + tensor.offset(),
                            "byte " + end + ", the end of the tensor before it");
                }
                end += tensor.byteSize();
            }
            if (end != file.size()) {
                throw FileFormatException.damaged(
                        Kind.TRAILING_BYTES,
                        file.path(),
                        "byte " + end,
                        (file.size() - end) + " bytes after the last tensor",
                        "the end of the file");
            }
        }

        /** One tensor while its fields are read. */
        private final class Entry {
            private final String name;
            private @Nullable SafetensorsType type;
            private @Nullable List<Long> shape;
            private @Nullable List<Long> offsets;

            Entry(String name) {
                this.name = name;
            }

            void readField(String field) {
                switch (field) {
                    case "dtype" -> type = readType();
                    case "shape" -> shape = readShape();
                    case "data_offsets" -> offsets = readIntegers("data_offsets", 2);
                    default -> json.skip();
                }
            }

            private SafetensorsType readType() {
                String typeName = json.string("dtype of tensor " + name);
                SafetensorsType known = SafetensorsType.of(typeName);
                if (known == null) {
                    throw error(Kind.UNKNOWN_TENSOR_TYPE, "dtype " + typeName, "a type that safetensors defines");
                }
                return known;
            }

            private List<Long> readShape() {
                List<Long> dims = readIntegers("shape", MAX_DIMS);
                for (long dim : dims) {
                    if (dim < 0) {
                        throw error(Kind.BAD_DIM, "shape " + dims, "no negative dimension");
                    }
                }
                return dims;
            }

            private List<Long> readIntegers(String field, int limit) {
                List<Long> integers = new ArrayList<>();
                json.integers(field + " of tensor " + name, value -> {
                    if (integers.size() == limit) {
                        throw error(Kind.BAD_HEADER, "more than " + limit + " numbers in " + field, "at most so many");
                    }
                    integers.add(value);
                });
                return integers;
            }

            TensorInfo toTensor() {
                if (type == null || shape == null || offsets == null || offsets.size() != 2) {
                    throw error(
                            Kind.BAD_HEADER, "an incomplete description", "dtype, shape and data_offsets [begin, end]");
                }
                long begin = offsets.getFirst();
                long end = offsets.getLast();
                if (begin < 0 || end < begin) {
                    throw error(Kind.BAD_OFFSETS, "data_offsets " + offsets, "0 <= begin <= end");
                }
                long dataBytes = file.size() - dataStart;
                if (end > dataBytes) {
                    throw error(
                            Kind.OFFSET_OUT_OF_FILE,
                            "data_offsets " + offsets,
                            "an end within the file's " + dataBytes + " bytes of data");
                }
                if (byteSize(type, shape) != end - begin) {
                    throw error(
                            Kind.SHAPE_MISMATCH,
                            (end - begin) + " bytes for shape " + shape + " of type " + type,
                            byteSize(type, shape) + " bytes");
                }
                return new TensorInfo(file.path(), name, type.name(), shape, dataStart + begin, end - begin);
            }

            private long byteSize(SafetensorsType type, List<Long> shape) {
                try {
                    long bits = type.bits();
                    for (long dim : shape) {
                        bits = Math.multiplyExact(bits, dim);
                    }
                    if (bits % Byte.SIZE != 0) {
                        throw error(Kind.BLOCK_MISMATCH, bits + " bits", "a whole number of bytes");
                    }
                    return bits / Byte.SIZE;
                } catch (ArithmeticException overflow) {
                    throw error(Kind.DIM_OVERFLOW, "shape " + shape + " of type " + type, "less than 2^63 bits");
                }
            }

            private FileFormatException error(Kind kind, String found, String expected) {
                return FileFormatException.damaged(kind, file.path(), "tensor " + name, found, expected);
            }
        }
    }
}
