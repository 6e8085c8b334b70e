package dev.demitasse.core.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.BadFileCases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever becomes of a file's bytes, opening it gives tensors that can be read or a refusal. Runs in a small heap. */
@Tag("small-heap")
class MutatedFilesTest {
    private static final int MUTATIONS = 2_000;
    /** Values that counts and lengths go wrong with. */
    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        63,
        64,
        65,
        255,
        256,
        65_535,
        1 << 16,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    @TempDir
    Path folder;

    @Test
    void noMutationOfAGgufFileDoesMoreThanBeRefused() {
        byte[] whole = new GgufWriter()
                .string("general.architecture", "qwen2")
                .u32("general.alignment", 32)
                .u32("qwen2.block_count", 1)
                .f32("qwen2.rope.freq_base", 1e6f)
                .u8("tokenizer.ggml.add_bos_token", GgufValueType.BOOL, 0)
                .strings("tokenizer.ggml.tokens", "a", "b", "ab", "你")
                .integers("tokenizer.ggml.token_type", 1, 1, 1, 3)
                .floats("tokenizer.ggml.scores", 0, 1, 2, 3)
                .tensor("token_embd.weight", 8, new byte[34 * 4], 4, 32)
                .tensor("output_norm.weight", 0, new byte[128], 32)
                .toBytes();
        tryMutationsOf(whole, Gguf::open);
    }

    @Test
    void noMutationOfASafetensorsFileDoesMoreThanBeRefused() {
        byte[] whole = new SafetensorsWriter()
                .field("\"__metadata__\":{\"format\":\"pt\"}")
                .tensor("model.norm.weight", "F32", new byte[64], 16)
                .tensor("model.embed_tokens.weight", "BF16", new byte[64], 2, 16)
                .toBytes();
        tryMutationsOf(whole, Safetensors::open);
    }

    private void tryMutationsOf(byte[] whole, Function<Path, TensorFile> opener) {
        Random random = new Random(20261124);
        Path path = folder.resolve("mutated");
        byte[][] last = {whole};
        Throwable failure = BadFileCases.failureOf(() -> {
            for (int i = 0; i < MUTATIONS; i++) {
                last[0] = mutate(whole, random);
                openAndReadAll(write(path, last[0]), opener);
            }
        });
        assertThat(failure)
                .as("for the bytes %s", HexFormat.of().formatHex(last[0]))
                .isNull();
    }

    private static byte[] mutate(byte[] whole, Random random) {
        byte[] mutated = random.nextInt(8) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
        for (int i = random.nextInt(3); i >= 0 && mutated.length > Long.BYTES; i--) {
            switch (random.nextInt(3)) {
                case 0 -> mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
                default -> {
                    long extreme = EXTREMES[random.nextInt(EXTREMES.length)];
                    int width = random.nextBoolean() ? Long.BYTES : Integer.BYTES;
                    int at = random.nextInt(mutated.length - width);
                    for (int b = 0; b < width; b++) {
                        mutated[at + b] = (byte) (extreme >>> (8 * b));
                    }
                }
            }
        }
        return mutated;
    }

    private static Path write(Path path, byte[] bytes) {
        try {
            return Files.write(path, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void openAndReadAll(Path path, Function<Path, TensorFile> opener) {
        try (TensorFile file = opener.apply(path);
                Arena arena = Arena.ofConfined()) {
            for (TensorInfo tensor : file.tensors().values()) {
                file.read(tensor, arena.allocate(tensor.byteSize()));
            }
            if (file instanceof Gguf gguf) {
                readMetadata(gguf.metadata());
            }
        } catch (FileFormatException refused) {
            assertThat(refused.getMessage()).startsWith(path.toString()).hasSizeLessThan(2_000);
        }
    }

    private static void readMetadata(GgufMetadata metadata) {
        for (String key : metadata.keys()) {
            String type = metadata.typeName(key);
            Object value = switch (type.replaceFirst("array of \\d+", "array of")) {
                case "string" -> metadata.string(key);
                case "bool" -> metadata.bool(key);
                case "f32", "f64" -> metadata.real(key);
                case "array of string" -> String.join(" ", metadata.strings(key));
                case "array of f32", "array of f64" -> metadata.reals(key);
                case "array of bool" -> type;
                default -> type.startsWith("array") ? metadata.integers(key) : metadata.integer(key);
            };
            assertThat(value).isNotNull();
        }
    }
}
