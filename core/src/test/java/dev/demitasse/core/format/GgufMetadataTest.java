package dev.demitasse.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufMetadataTest {
    @TempDir
    Path folder;

    private GgufMetadata metadata(GgufWriter writer) {
        try (Gguf gguf = Gguf.open(Files.write(folder.resolve("test.gguf"), writer.toBytes()))) {
            return gguf.metadata();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertRefused(ThrowingCallable call, Kind kind, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FileFormatException.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }

    @Test
    void everyWidthOfNumberIsRead() {
        GgufMetadata metadata = metadata(new GgufWriter()
                .u8("u8", GgufValueType.U8, 0xff)
                .u8("i8", GgufValueType.I8, 0xff)
                .u32("u32", -1)
                .i64("i64", GgufValueType.I64, -1)
                .i64("u64", GgufValueType.U64, Long.MAX_VALUE)
                .f32("f32", 1e-6f)
                .f64("f64", Math.PI)
                .u8("yes", GgufValueType.BOOL, 1)
                .u8("no", GgufValueType.BOOL, 0));
        assertThat(metadata.integer("u8")).isEqualTo(255);
        assertThat(metadata.integer("i8")).isEqualTo(-1);
        assertThat(metadata.integer("u32")).isEqualTo(0xffff_ffffL);
        assertThat(metadata.integer("i64")).isEqualTo(-1);
        assertThat(metadata.integer("u64")).isEqualTo(Long.MAX_VALUE);
        assertThat(metadata.real("f32")).isEqualTo(1e-6f);
        assertThat(metadata.real("f64")).isEqualTo(Math.PI);
        assertThat(metadata.bool("yes")).isTrue();
        assertThat(metadata.bool("no")).isFalse();
        assertThat(metadata.keys()).containsExactly("u8", "i8", "u32", "i64", "u64", "f32", "f64", "yes", "no");
    }

    @Test
    void arraysAreRead() {
        GgufMetadata metadata = metadata(new GgufWriter()
                .strings("texts", "Ġthe", "", "你好")
                .integers("integers", 1, -1, Integer.MIN_VALUE)
                .array("bytes", GgufValueType.U8, 2)
                .raw((byte) 200, (byte) 1)
                .floats("floats", 0.5f, Float.NEGATIVE_INFINITY));
        assertThat(metadata.strings("texts")).containsExactly("Ġthe", "", "你好");
        assertThat(metadata.integers("integers")).containsExactly(1, -1, Integer.MIN_VALUE);
        assertThat(metadata.integers("bytes")).containsExactly(200, 1);
        assertThat(metadata.reals("floats")).containsExactly(0.5f, Float.NEGATIVE_INFINITY);
        assertThat(metadata.typeName("texts")).isEqualTo("array of 3 string");
    }

    @Test
    void anAbsentKeyHasItsDefaultOrIsNamed() {
        GgufMetadata metadata = metadata(new GgufWriter().u32("here", 1));
        assertThat(metadata.has("here")).isTrue();
        assertThat(metadata.has("qwen2.block_count")).isFalse();
        assertThat(metadata.findString("qwen2.block_count")).isNull();
        assertThat(metadata.integer("qwen2.block_count", 24)).isEqualTo(24);
        assertThat(metadata.real("qwen2.block_count", 0.5)).isEqualTo(0.5);
        assertThat(metadata.bool("qwen2.block_count", true)).isTrue();
        assertRefused(
                () -> metadata.integer("qwen2.block_count"),
                Kind.MISSING_KEY,
                "test.gguf: key qwen2.block_count: found no such key");
    }

    @Test
    void anotherTypeIsRefusedWithBothNames() {
        GgufMetadata metadata =
                metadata(new GgufWriter().u32("u32", 1).strings("texts", "a").f32("f32", 1));
        assertRefused(() -> metadata.string("u32"), Kind.METADATA_TYPE, "key u32: found u32; expected string");
        assertRefused(() -> metadata.findString("u32"), Kind.METADATA_TYPE, "expected string");
        assertRefused(() -> metadata.real("u32"), Kind.METADATA_TYPE, "found u32; expected f32");
        assertRefused(() -> metadata.integer("f32"), Kind.METADATA_TYPE, "found f32; expected an integer");
        assertRefused(() -> metadata.integer("f32", 7), Kind.METADATA_TYPE, "found f32; expected an integer");
        assertRefused(() -> metadata.bool("u32"), Kind.METADATA_TYPE, "expected bool");
        assertRefused(() -> metadata.strings("u32"), Kind.METADATA_TYPE, "expected an array of string");
        assertRefused(() -> metadata.integers("texts"), Kind.METADATA_TYPE, "found array of 1 string");
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        GgufMetadata metadata = metadata(new GgufWriter()
                .i64("u64", GgufValueType.U64, -1)
                .u8("bool", GgufValueType.BOOL, 2)
                .array("wide", GgufValueType.U32, 1)
                .raw((byte) 0, (byte) 0, (byte) 0, (byte) 0x80));
        assertRefused(() -> metadata.integer("u64"), Kind.BAD_VALUE, "found 18446744073709551615");
        assertRefused(() -> metadata.bool("bool"), Kind.BAD_VALUE, "stored as 2");
        assertRefused(() -> metadata.integers("wide"), Kind.BAD_VALUE, "key wide[0]: found 2147483648");
    }

    @Test
    void textThatIsNotUtf8IsRefusedWhenItIsReached() {
        byte[] broken = {'a', (byte) 0xe4, (byte) 0xbd};
        byte[] replacement = "\uFFFD".getBytes(StandardCharsets.UTF_8);
        GgufMetadata metadata = metadata(new GgufWriter()
                .string("broken", broken)
                .string("replacement", replacement)
                .array("texts", GgufValueType.STRING, 2)
                .raw((byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 'x')
                .raw((byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0xff));
        assertThat(metadata.string("replacement")).isEqualTo("\uFFFD");
        assertRefused(() -> metadata.string("broken"), Kind.BAD_UTF8, "key broken");
        List<String> texts = metadata.strings("texts");
        assertThat(texts.getFirst()).isEqualTo("x");
        assertRefused(() -> texts.get(1), Kind.BAD_UTF8, "key texts[1]");
    }

    @Test
    void aVocabularyLargerThanTheFirstReadIsComplete() {
        String[] tokens = new String[50_000];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = "token " + i;
        }
        GgufMetadata metadata =
                metadata(new GgufWriter().strings("tokens", tokens).u32("after", 7));
        assertThat(metadata.strings("tokens")).containsExactly(tokens);
        assertThat(metadata.integer("after")).isEqualTo(7);
    }
}
