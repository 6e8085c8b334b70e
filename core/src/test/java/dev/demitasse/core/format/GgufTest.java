package dev.demitasse.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTest {
    private static final int F32 = 0;
    private static final int Q8_0 = 8;
    private static final int IQ3_S = 21;

    @TempDir
    Path folder;

    private Path write(GgufWriter writer) {
        return write(writer.toBytes());
    }

    private Path write(byte[] bytes) {
        try {
            return Files.write(folder.resolve("test.gguf"), bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Kind refusalOf(GgufWriter writer) {
        return refusalOf(writer.toBytes());
    }

    private Kind refusalOf(byte[] bytes) {
        Path path = write(bytes);
        try (Gguf opened = Gguf.open(path)) {
            throw new AssertionError("opened: " + opened.tensors());
        } catch (FileFormatException refusal) {
            assertThat(refusal).hasMessageStartingWith(path + ": " + refusal.place());
            return refusal.kind();
        }
    }

    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void aTensorIsDescribedRowMajorAndItsBytesAreFound(int version) {
        byte[] weights = counting(2 * 3 * Float.BYTES);
        Path path = write(new GgufWriter()
                .version(version)
                .tensor("first", F32, counting(4), 1)
                .tensor("second", F32, weights, 2, 3)
                .tensor("third", Q8_0, counting(34 * 4), 2, 64));
        try (Gguf gguf = Gguf.open(path);
                Arena arena = Arena.ofConfined()) {
            assertThat(gguf.tensors().keySet()).containsExactly("first", "second", "third");
            TensorInfo second = gguf.tensor("second");
            assertThat(second.shape()).containsExactly(2L, 3L);
            assertThat(second.type()).isEqualTo(DType.F32);
            assertThat(gguf.tensor("third").type()).isEqualTo(DType.Q8_0);
            assertThat(gguf.tensor("third").byteSize()).isEqualTo(136);

            assertThat(gguf.map(second, arena).toArray(ValueLayout.JAVA_BYTE)).containsExactly(weights);
            MemorySegment copy = arena.allocate(weights.length);
            gguf.read(second, copy);
            assertThat(copy.toArray(ValueLayout.JAVA_BYTE)).containsExactly(weights);
        }
    }

    @Test
    void aMappingOutlivesItsFileButNotItsArena() {
        Path path = write(new GgufWriter().tensor("t", F32, counting(8), 2));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mapped;
            try (Gguf gguf = Gguf.open(path)) {
                mapped = gguf.map(gguf.tensor("t"), arena);
            }
            assertThat(mapped.get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 7);
        }
    }

    @Test
    void aTensorThatIsNotThereIsNamed() {
        try (Gguf gguf = Gguf.open(write(new GgufWriter()))) {
            assertThatThrownBy(() -> gguf.tensor("blk.0.attn_q.weight"))
                    .isInstanceOf(FileFormatException.class)
                    .hasMessageContaining("test.gguf: tensor blk.0.attn_q.weight: found no tensor");
        }
    }

    @Test
    void aTypeWithoutKernelsIsOpenedAndRefusedByNameWhenAskedFor() {
        Path path = write(new GgufWriter().tensor("blk.0.attn_q.weight", IQ3_S, counting(110), 1, 256));
        try (Gguf gguf = Gguf.open(path)) {
            TensorInfo tensor = gguf.tensor("blk.0.attn_q.weight");
            assertThat(tensor.typeName()).isEqualTo("IQ3_S");
            assertThat(tensor.isSupported()).isFalse();
            assertThatThrownBy(tensor::type)
                    .isInstanceOf(FileFormatException.class)
                    .hasMessage(
                            "%s: tensor blk.0.attn_q.weight: found type IQ3_S; expected one of F32 F16 BF16 Q8_0 Q4_0"
                                            .formatted(path)
                                    + " Q4_1 Q5_0 Q5_1 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS."
                                    + " Convert the model again to one of these, for instance Q8_0.");
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everySupportedTypeHasTheSameBlocksInFilesAndInKernels(DType type) {
        GgmlType inFiles = GgmlType.valueOf(type.name());
        assertThat(inFiles.blockSize()).isEqualTo(type.blockSize());
        assertThat(inFiles.blockBytes()).isEqualTo(type.blockBytes());
    }

    @Test
    void dataStartsAtTheAlignmentThatTheFileNames() {
        Path path = write(
                new GgufWriter().alignment(256).tensor("a", F32, counting(4), 1).tensor("b", F32, counting(4), 1));
        try (Gguf gguf = Gguf.open(path)) {
            assertThat(gguf.tensors().values()).extracting(TensorInfo::offset).containsExactly(256L, 512L);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 48, -1})
    void anAlignmentThatIsNoPowerOfTwoIsRefused(int alignment) {
        assertThat(refusalOf(new GgufWriter().u32("general.alignment", alignment)))
                .isEqualTo(Kind.BAD_ALIGNMENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 0x02000000, 0x03000000})
    void otherVersionsAndByteOrdersAreRefused(int version) {
        assertThat(refusalOf(new GgufWriter().version(version))).isEqualTo(Kind.UNSUPPORTED_VERSION);
    }

    @Test
    void aBigEndianFileIsCalledThat() {
        Path path = write(new GgufWriter().version(Integer.reverseBytes(3)));
        assertThatThrownBy(() -> Gguf.open(path)).hasMessageContaining("big-endian file of version 3");
    }

    @Test
    void tensorsThatShareBytesOrLieOutsideAreRefused() {
        assertThat(refusalOf(new GgufWriter().tensor("a", F32, counting(64), 16).describe("b", F32, 32, 8)))
                .isEqualTo(Kind.OVERLAP);
        assertThat(refusalOf(new GgufWriter().describe("a", F32, 64, 8))).isEqualTo(Kind.OFFSET_OUT_OF_FILE);
        assertThat(refusalOf(new GgufWriter().describe("a", F32, Long.MIN_VALUE, 8)))
                .isEqualTo(Kind.OFFSET_OUT_OF_FILE);
        assertThat(refusalOf(new GgufWriter().tensor("a", F32, counting(64), 16).describe("b", F32, 33, 1)))
                .isEqualTo(Kind.MISALIGNED_OFFSET);
    }

    @Test
    void shapesThatCannotBeAreRefused() {
        assertThat(refusalOf(new GgufWriter().describe("a", F32, 0, 0))).isEqualTo(Kind.BAD_DIM);
        assertThat(refusalOf(new GgufWriter().describe("a", F32, 0, -1))).isEqualTo(Kind.BAD_DIM);
        assertThat(refusalOf(new GgufWriter().describe("a", F32, 0))).isEqualTo(Kind.BAD_DIM);
        assertThat(refusalOf(new GgufWriter().describe("a", F32, 0, 1, 1, 1, 1, 1)))
                .isEqualTo(Kind.BAD_DIM);
        assertThat(refusalOf(new GgufWriter().describe("a", F32, 0, 1L << 32, 1L << 31)))
                .isEqualTo(Kind.DIM_OVERFLOW);
        assertThat(refusalOf(new GgufWriter().describe("a", F32, 0, 1L << 62))).isEqualTo(Kind.DIM_OVERFLOW);
        assertThat(refusalOf(new GgufWriter().describe("a", Q8_0, 0, 32, 33))).isEqualTo(Kind.BLOCK_MISMATCH);
        assertThat(refusalOf(new GgufWriter().describe("a", 99, 0, 1))).isEqualTo(Kind.UNKNOWN_TENSOR_TYPE);
    }

    @Test
    void namesAndKeysMayNotComeTwice() {
        assertThat(refusalOf(new GgufWriter().u32("k", 1).u32("k", 1))).isEqualTo(Kind.DUPLICATE_KEY);
        assertThat(refusalOf(new GgufWriter().tensor("t", F32, counting(4), 1).tensor("t", F32, counting(4), 1)))
                .isEqualTo(Kind.DUPLICATE_TENSOR);
    }

    @Test
    void arraysOfArraysAreRefusedAtTheFirst() {
        assertThat(refusalOf(new GgufWriter().array("k", GgufValueType.ARRAY, 1)))
                .isEqualTo(Kind.NESTED_ARRAY);
    }

    @Test
    void claimsBeyondTheFileAreRefusedWithoutBelievingThem() {
        assertThat(refusalOf(new GgufWriter().array("k", GgufValueType.STRING, 1 << 22)))
                .isEqualTo(Kind.TRUNCATED);
        assertThat(refusalOf(new GgufWriter().array("k", GgufValueType.U8, 1 << 26)))
                .isEqualTo(Kind.TRUNCATED);
        assertThat(refusalOf(new GgufWriter().array("k", GgufValueType.U8, Long.MAX_VALUE)))
                .isEqualTo(Kind.ARRAY_TOO_LONG);
        assertThat(refusalOf(new GgufWriter().array("k", GgufValueType.I64, 1L << 61)))
                .isEqualTo(Kind.ARRAY_TOO_LONG);
        assertThat(refusalOf(new GgufWriter().string("k".repeat(1 << 16), "v"))).isEqualTo(Kind.STRING_TOO_LONG);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] whole = new GgufWriter()
                .string("general.architecture", "qwen2")
                .strings("tokens", "a", "b")
                .tensor("t", F32, counting(32), 8)
                .toBytes();
        for (int length = 0; length < whole.length; length++) {
            assertThat(refusalOf(Arrays.copyOf(whole, length)))
                    .as("%d of %d bytes", length, whole.length)
                    .isIn(Kind.TRUNCATED, Kind.OFFSET_OUT_OF_FILE);
        }
    }

    @Test
    void whatIsNotAFileIsRefused() {
        assertThatThrownBy(() -> Gguf.open(folder)).hasMessageContaining("found a folder; expected a regular file");
        assertThatThrownBy(() -> Gguf.open(folder.resolve("absent.gguf"))).hasMessageContaining("no such file");
    }

    @Test
    void namesFromTheFileCannotCommandATerminal() {
        Path path = write(new GgufWriter().u32("a\u001b[2Jb\n", 1).u32("a\u001b[2Jb\n", 1));
        assertThatThrownBy(() -> Gguf.open(path))
                .hasMessageContaining("a\\u001b[2Jb\\u000a")
                .hasMessageNotContaining("\u001b");
    }

    @Test
    void aFileThatChangesItsLengthIsNoticedAndAReplacedOneIsNot() throws IOException {
        byte[] bytes = new GgufWriter().tensor("t", F32, counting(64), 16).toBytes();
        Path path = write(bytes);
        try (Gguf gguf = Gguf.open(path);
                Arena arena = Arena.ofConfined()) {
            TensorInfo tensor = gguf.tensor("t");
            Files.move(writeOther(bytes.length + 100), path, StandardCopyOption.REPLACE_EXISTING);
            gguf.checkUnchanged();
            assertThat(gguf.map(tensor, arena).toArray(ValueLayout.JAVA_BYTE)).containsExactly(counting(64));
        }
        write(bytes);
        try (Gguf gguf = Gguf.open(path);
                Arena arena = Arena.ofConfined()) {
            TensorInfo tensor = gguf.tensor("t");
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(bytes.length - 1);
            }
            MemorySegment target = arena.allocate(64);
            for (Runnable use : List.<Runnable>of(
                    gguf::checkUnchanged, () -> gguf.map(tensor, arena), () -> gguf.read(tensor, target))) {
                assertThatThrownBy(use::run)
                        .isInstanceOfSatisfying(
                                FileFormatException.class,
                                refusal -> assertThat(refusal.kind()).isEqualTo(Kind.CHANGED));
            }
        }
    }

    private Path writeOther(int length) throws IOException {
        return Files.write(folder.resolve("other.gguf"), new byte[length]);
    }
}
