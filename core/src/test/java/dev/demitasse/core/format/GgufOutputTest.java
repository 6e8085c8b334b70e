package dev.demitasse.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufOutputTest {
    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("model.gguf");
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        new GgufOutput()
                .text("a.text", "水 and \"quotes\"")
                .integer("an.integer", 4_000_000_000L)
                .real("a.real", 0.25)
                .flag("a.flag", true)
                .texts("some.texts", List.of("", "一", "two"))
                .integers("some.integers", 3, -1)
                .tensor("first", DType.Q8_0, List.of(1L, 32L))
                .tensor("second", DType.F16, List.of(3L))
                .write(file(), (name, out) -> out.write(ByteBuffer.wrap(bytes(name))));
        try (Gguf gguf = Gguf.open(file());
                Arena arena = Arena.ofConfined()) {
            GgufMetadata metadata = gguf.metadata();
            assertThat(metadata.string("a.text")).isEqualTo("水 and \"quotes\"");
            assertThat(metadata.integer("an.integer")).isEqualTo(4_000_000_000L);
            assertThat(metadata.real("a.real")).isEqualTo(0.25);
            assertThat(metadata.bool("a.flag")).isTrue();
            assertThat(metadata.strings("some.texts")).containsExactly("", "一", "two");
            assertThat(metadata.integers("some.integers")).containsExactly(3, -1);
            assertThat(gguf.tensor("first").shape()).containsExactly(1L, 32L);
            for (String name : List.of("first", "second")) {
                assertThat(gguf.map(gguf.tensor(name), arena).toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(bytes(name));
            }
        }
    }

    private static byte[] bytes(String name) {
        byte[] bytes = new byte[name.equals("first") ? 34 : 6];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (name.hashCode() + i);
        }
        return bytes;
    }

    @Test
    void keysOfEveryTypeAreCopiedAsTheyAre() throws IOException {
        GgufWriter writer = new GgufWriter()
                .string("general.name", "x")
                .u32("general.alignment", 64)
                .f32("a.real", 1.5f)
                .u32("left.out", 1);
        for (GgufValueType type : GgufValueType.values()) {
            if (type != GgufValueType.STRING && type != GgufValueType.ARRAY) {
                byte[] three = new byte[3 * type.minBytes()];
                writer.scalar("scalar." + type, type, new byte[type.minBytes()]);
                writer.array("array." + type, type, 3).raw(three);
                writer.array("empty." + type, type, 0);
            }
        }
        writer.strings("some.texts", "你", "", "c").strings("no.texts");
        Path source = folder.resolve("source.gguf");
        Files.write(source, writer.toBytes());
        try (Gguf gguf = Gguf.open(source)) {
            new GgufOutput().copy(gguf.metadata(), Set.of("left.out")).write(file(), (_, _) -> {});
            try (Gguf copy = Gguf.open(file())) {
                assertThat(copy.metadata().keys())
                        .hasSize(gguf.metadata().keys().size() - 2)
                        .doesNotContain("left.out", "general.alignment");
                for (String key : copy.metadata().keys()) {
                    assertThat(copy.metadata().stored(key))
                            .as(key)
                            .isEqualTo(gguf.metadata().stored(key));
                    assertThat(copy.metadata().typeName(key))
                            .isEqualTo(gguf.metadata().typeName(key));
                }
                assertThat(copy.metadata().strings("some.texts")).containsExactly("你", "", "c");
            }
        }
    }

    @Test
    void aFailureLeavesWhatWasThere() throws IOException {
        Files.writeString(file(), "before");
        GgufOutput output = new GgufOutput().tensor("t", DType.F32, List.of(4L));
        assertThatThrownBy(() -> output.write(file(), (_, out) -> {
                    out.write(ByteBuffer.allocate(8));
                    throw new IOException("disk full");
                }))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> output.write(file(), (_, out) -> out.write(ByteBuffer.allocate(8))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("8 bytes; expected 16");
        assertThat(file()).hasContent("before");
        assertThat(folder).isDirectoryContaining(file -> file.equals(file()));
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void twoWhoWriteTheSameFileDoNotDisturbEachOther() throws IOException {
        new GgufOutput()
                .text("who", "outer")
                .tensor("t", DType.F32, List.of(4L))
                .write(file(), (_, out) -> {
                    new GgufOutput().text("who", "inner").write(file(), (_, _) -> {});
                    assertThat(written("who")).isEqualTo("inner");
                    out.write(ByteBuffer.allocate(16));
                });
        assertThat(written("who")).isEqualTo("outer");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    private String written(String key) throws IOException {
        try (Gguf gguf = Gguf.open(file())) {
            return gguf.metadata().string(key);
        }
    }

    @Test
    void whatCannotBeWrittenIsNamed() {
        GgufOutput output = new GgufOutput().tensor("t", DType.F32, List.of(4L));
        assertThatThrownBy(() -> output.tensor("t", DType.F32, List.of(4L)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> output.tensor("u", DType.Q4_K, List.of(2L, 32L)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("256");
        assertThatThrownBy(() -> output.integer("i", -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }
}
