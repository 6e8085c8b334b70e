package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.GgufWriter;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a model whose file another process cuts short; docs/DECISIONS.md, "Mapped files". */
class CutFileTest {
    private static final int F32 = 0;
    private static final int VOCABULARY = 2_000;
    private static final int HIDDEN = 32;

    @TempDir
    Path folder;

    @Test
    void aFileCutBeforeItsWeightsAreLoadedIsRefused() {
        Path path = writeModel();
        try (ModelFile file = ModelFile.open(path);
                Workers workers = new Workers("test", 2)) {
            assertThatThrownBy(() -> file.load(KernelSelection.scalar(), workers, (done, total) -> cut(path)))
                    .isInstanceOfSatisfying(
                            FileFormatException.class,
                            refusal -> assertThat(refusal.kind()).isEqualTo(Kind.CHANGED));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.demitasse.core.kernels.KernelSelection#all")
    void aFileCutBetweenMappingAndReadingIsRefused(Kernels kernels) {
        Path path = writeModel();
        Kernels late = afterCutting(path, kernels);
        try (ModelFile file = ModelFile.open(path);
                Workers workers = new Workers("test", 2)) {
            assertThatThrownBy(() -> file.load(late, workers, LoadProgress.NONE).close())
                    .isInstanceOfSatisfying(
                            FileFormatException.class,
                            refusal -> assertThat(refusal.kind()).isEqualTo(Kind.CHANGED));
        }
    }

    /** Kernels that get their weights only when the file is gone. */
    private static Kernels afterCutting(Path path, Kernels kernels) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, method, arguments) -> {
                    if (method.getName().equals("prepare")) {
                        cut(path);
                    }
                    try {
                        return method.invoke(kernels, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private static void cut(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path writeModel() {
        String[] tokens = new String[VOCABULARY];
        Arrays.setAll(tokens, i -> "token " + i);
        GgufWriter writer = new GgufWriter()
                .string("general.architecture", "qwen2")
                .u32("qwen2.block_count", 1)
                .u32("qwen2.context_length", 64)
                .u32("qwen2.embedding_length", HIDDEN)
                .u32("qwen2.feed_forward_length", HIDDEN)
                .u32("qwen2.attention.head_count", 2)
                .u32("qwen2.attention.head_count_kv", 2)
                .f32("qwen2.attention.layer_norm_rms_epsilon", 1e-6f)
                .f32("qwen2.rope.freq_base", 10_000)
                .strings("tokenizer.ggml.tokens", tokens);
        matrix(writer, "token_embd.weight", VOCABULARY);
        for (String name :
                new String[] {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}) {
            matrix(writer, "blk.0." + name + ".weight", HIDDEN);
        }
        for (String name : new String[] {
            "blk.0.attn_q.bias",
            "blk.0.attn_k.bias",
            "blk.0.attn_v.bias",
            "blk.0.attn_norm.weight",
            "blk.0.ffn_norm.weight",
            "output_norm.weight"
        }) {
            writer.tensor(name, F32, new byte[HIDDEN * Float.BYTES], HIDDEN);
        }
        try {
            return Files.write(folder.resolve("cut.gguf"), writer.toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void matrix(GgufWriter writer, String name, int rows) {
        writer.tensor(name, F32, new byte[rows * HIDDEN * Float.BYTES], rows, HIDDEN);
    }
}
