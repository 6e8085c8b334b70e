package dev.demitasse.chat;

import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufOutput;
import dev.demitasse.core.model.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.DoubleConsumer;

/**
 * Writes models as GGUF files, smaller than they were: floats become blocks of fewer bits, with the bytes that llama.cpp's
 * quantiser gives without an importance matrix, and Hugging Face folders of Qwen2, Qwen2.5 and Qwen3 models become files.
 *
 * {@snippet :
 * ModelQuantizer.to(WeightFormat.Q4_K_M).write(Path.of("Qwen2.5-0.5B-Instruct"), Path.of("qwen2.5-0.5b-q4_k_m.gguf"));
 * }
 *
 * <p>The file gets its name when it is complete: a failure or a killed process leaves what was there before. A few megabytes
 * of weights are held at a time, whatever the size of the model. Not thread-safe.
 */
public final class ModelQuantizer {
    private final WeightFormat format;
    private int threads = PhysicalCores.usable();
    private DoubleConsumer progress = _ -> {};

    private ModelQuantizer(WeightFormat format) {
        this.format = format;
    }

    /** A quantiser that writes matrices in {@code format}. */
    public static ModelQuantizer to(WeightFormat format) {
        return new ModelQuantizer(Objects.requireNonNull(format, "format"));
    }

    /** Threads that compute, at least 1. Default: the physical cores that this process may use. */
    public ModelQuantizer threads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, got " + threads);
        }
        this.threads = threads;
        return this;
    }

    /** Told how far writing has come, from 0 to 1, by the thread that writes. */
    public ModelQuantizer onProgress(DoubleConsumer listener) {
        this.progress = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * Writes a model.
     *
     * @param model a GGUF file, a folder with {@code config.json}, safetensors and {@code tokenizer.json}, or one safetensors
     *     file in such a folder, with weights in F32, F16 or BF16
     * @param target the GGUF file to write; replaced when the new one is complete
     * @throws ModelLoadException if the model cannot be read, or was quantised before
     * @throws DemitasseException if the file cannot be written
     */
    public void write(Path model, Path target) {
        LoadFailures.wrap(model, () -> {
            ModelPaths.requireExists(model);
            try (ModelFile file = ModelFile.open(model)) {
                requireOther(model, target);
                GgufOutput output = new GgufOutput();
                if (!(file.tensors() instanceof Gguf)) {
                    LanguageKeys.write(ModelPaths.folderOf(model), file.config().vocabularySize(), output);
                }
                file.writeGguf(
                        format.core(),
                        output,
                        target,
                        threads,
                        (done, total) -> progress.accept((double) done / Math.max(1, total)));
                return null;
            } catch (IOException e) {
                throw new DemitasseException("cannot write " + target + ": " + e.getMessage(), e);
            }
        });
    }

    private static void requireOther(Path model, Path target) throws IOException {
        if (Files.exists(target) && Files.isSameFile(model, target)) {
            throw new IllegalArgumentException(
                    target + " is the model that is read; choose another name for what is written");
        }
    }
}
