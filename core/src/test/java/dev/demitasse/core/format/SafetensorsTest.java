package dev.demitasse.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    private static final byte[] ONE = {1, 2, 3, 4};

    @TempDir
    Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        Files.createDirectories(folder.resolve("model"));
    }

    private Path write(String name, byte[] bytes) {
        try {
            return Files.write(folder.resolve("model").resolve(name), bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path writeIndex(String... tensorsAndShards) {
        StringBuilder map = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
        for (int i = 0; i < tensorsAndShards.length; i += 2) {
            map.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(tensorsAndShards[i])
                    .append("\":\"")
                    .append(tensorsAndShards[i + 1])
                    .append('"');
        }
        return write("model.safetensors.index.json", map.append("}}").toString().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] shard(String tensor) {
        return new SafetensorsWriter().tensor(tensor, "F32", ONE, 1).toBytes();
    }

    private Kind refusalOf(byte[] bytes) {
        Path path = write("test.safetensors", bytes);
        try (Safetensors opened = Safetensors.open(path)) {
            throw new AssertionError("opened: " + opened.tensors());
        } catch (FileFormatException refusal) {
            assertThat(refusal).hasMessageStartingWith(path + ": " + refusal.place());
            return refusal.kind();
        }
    }

    private Kind refusalOfFolder() {
        try (TensorFile opened = Safetensors.openFolder(folder.resolve("model"))) {
            throw new AssertionError("opened: " + opened.tensors());
        } catch (FileFormatException refusal) {
            return refusal.kind();
        }
    }

    @Test
    void tensorsAreDescribedAndTheirBytesFound() {
        Path path = write(
                "test.safetensors",
                new SafetensorsWriter()
                        .field("\"__metadata__\":{\"format\":\"pt\"}")
                        .tensor("a", "F32", ONE, 1)
                        .tensor("empty", "F32", new byte[0], 0, 7)
                        .tensor("scalar", "BF16", new byte[] {5, 6})
                        .tensor("b", "F16", new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2)
                        .toBytes());
        try (Safetensors file = Safetensors.open(path);
                Arena arena = Arena.ofConfined()) {
            assertThat(file.metadata()).containsEntry("format", "pt");
            assertThat(file.tensors().keySet()).containsExactly("a", "empty", "scalar", "b");
            assertThat(file.tensor("b").type()).isEqualTo(DType.F16);
            assertThat(file.tensor("b").shape()).containsExactly(2L, 2L);
            assertThat(file.tensor("scalar").shape()).isEmpty();
            assertThat(file.map(file.tensor("b"), arena).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
            assertThat(file.map(file.tensor("empty"), arena).byteSize()).isZero();
            assertThat(file.map(file.tensor("scalar"), arena).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(5, 6);
        }
    }

    @Test
    void aTypeWithoutKernelsIsRefusedByNameWhenAskedFor() {
        Path path = write(
                "test.safetensors",
                new SafetensorsWriter().tensor("t", "F8_E4M3", ONE, 4).toBytes());
        try (Safetensors file = Safetensors.open(path)) {
            TensorInfo tensor = file.tensor("t");
            assertThatThrownBy(tensor::type)
                    .isInstanceOf(FileFormatException.class)
                    .hasMessageContaining("tensor t: found type F8_E4M3; expected one of F32 F16 BF16");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        BAD_JSON             | {
        BAD_JSON             | []
        BAD_JSON             | {} {}
        BAD_JSON             | {"a":NaN}
        BAD_HEADER           | {"a":1}
        BAD_HEADER           | {"a":{"dtype":"F32","shape":[1]}}
        BAD_HEADER           | {"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}
        BAD_HEADER           | {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}
        BAD_HEADER           | {"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}
        BAD_HEADER           | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}
        BAD_HEADER           | {"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}
        BAD_HEADER           | {"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
        UNKNOWN_TENSOR_TYPE  | {"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}
        BAD_DIM              | {"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}
        DIM_OVERFLOW         | {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}
        SHAPE_MISMATCH       | {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}
        BLOCK_MISMATCH       | {"a":{"dtype":"F4","shape":[3],"data_offsets":[0,4]}}
        BAD_OFFSETS          | {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}
        BAD_OFFSETS          | {"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}
        OFFSET_OUT_OF_FILE   | {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
        GAP                  | {"a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}
        TRAILING_BYTES       | {"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}
        OVERLAP              | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}
        DUPLICATE_TENSOR     | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
        """)
    void aWrongHeaderIsRefused(Kind kind, String header) {
        assertThat(refusalOf(SafetensorsWriter.file(header, ONE))).isEqualTo(kind);
    }

    @Test
    void aHeaderInAnotherEncodingIsRefused() {
        GgufWriter.Bytes file = new GgufWriter.Bytes();
        file.string("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE));
        assertThat(refusalOf(file.toBytes())).isEqualTo(Kind.BAD_JSON);
    }

    @Test
    void deepNestingIsRefusedWithoutDeepRecursion() {
        String deep = "{\"a\":{\"other\":" + "[".repeat(1_000_000) + "]".repeat(1_000_000) + "}}";
        assertThat(refusalOf(SafetensorsWriter.file(deep))).isEqualTo(Kind.BAD_JSON);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, 1L << 40})
    void aHeaderLengthThatCannotBeIsRefused(long length) {
        GgufWriter.Bytes file = new GgufWriter.Bytes();
        file.i64(length);
        file.bytes("{}".getBytes(StandardCharsets.US_ASCII));
        assertThat(refusalOf(file.toBytes())).isEqualTo(Kind.BAD_HEADER_LENGTH);
    }

    @Test
    void aFolderIsItsSingleFileOrItsShards() {
        write("m-1.safetensors", shard("a"));
        write("m-2.safetensors", shard("b"));
        writeIndex("b", "m-2.safetensors", "a", "m-1.safetensors");
        try (TensorFile file = Safetensors.openFolder(folder.resolve("model"));
                Arena arena = Arena.ofConfined()) {
            assertThat(file.tensors().keySet()).containsExactly("b", "a");
            assertThat(file.tensor("a").file()).hasFileName("m-1.safetensors");
            assertThat(file.map(file.tensor("b"), arena).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(ONE);
            file.checkUnchanged();
        }
        write("model.safetensors", shard("c"));
        try (TensorFile file = Safetensors.openFolder(folder.resolve("model"))) {
            assertThat(file.tensors().keySet()).containsExactly("c");
        }
    }

    @Test
    void aFolderWithoutWeightsIsRefused() {
        assertThat(refusalOfFolder()).isEqualTo(Kind.MISSING_FILE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../outside.safetensors",
                "/etc/hostname",
                "x/../../outside.safetensors",
                "",
                ".",
                "..\\\\outside"
            })
    void anIndexMayNotLeadOutOfItsFolder(String name) throws IOException {
        Files.write(folder.resolve("outside.safetensors"), shard("a"));
        writeIndex("a", name);
        assertThat(refusalOfFolder()).isEqualTo(Kind.PATH_ESCAPE);
    }

    @Test
    void aLinkInTheFolderIsFollowed() throws IOException {
        Path blob = Files.write(folder.resolve("blob"), shard("a"));
        Files.createSymbolicLink(
                folder.resolve("model").resolve("m-1.safetensors"),
                Path.of("..").resolve(blob.getFileName()));
        writeIndex("a", "m-1.safetensors");
        try (TensorFile file = Safetensors.openFolder(folder.resolve("model"))) {
            assertThat(file.tensors()).containsKey("a");
        }
    }

    @Test
    void whatAnIndexPromisesMustBeThere() {
        write("m-1.safetensors", shard("a"));
        writeIndex("a", "m-1.safetensors", "b", "m-2.safetensors");
        assertThat(refusalOfFolder()).isEqualTo(Kind.MISSING_FILE);
        writeIndex("a", "m-1.safetensors", "b", "m-1.safetensors");
        assertThat(refusalOfFolder()).isEqualTo(Kind.MISSING_TENSOR);
        writeIndex("a", "m-1.safetensors", "a", "m-1.safetensors");
        assertThat(refusalOfFolder()).isEqualTo(Kind.DUPLICATE_TENSOR);
        writeIndex();
        assertThat(refusalOfFolder()).isEqualTo(Kind.BAD_HEADER);
    }
}
