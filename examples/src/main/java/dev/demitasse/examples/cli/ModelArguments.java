package dev.demitasse.examples.cli;

import dev.demitasse.chat.KernelChoice;
import dev.demitasse.chat.KvType;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelLoader;
import dev.demitasse.chat.Precision;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model is loaded: what all commands that run one share. */
final class ModelArguments {
    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads (default: the machine's cores).")
    private @Nullable Integer threads;

    @Option(
            names = {"-c", "--context"},
            paramLabel = "TOKENS",
            description = "Most tokens of a conversation.")
    private @Nullable Integer context;

    @Option(names = "--kv-type", paramLabel = "TYPE", description = "KV cache: f32, f16 (default) or int8.")
    private @Nullable KvType kvType;

    @Option(names = "--kernels", paramLabel = "SET", description = "auto (default), require_vector or scalar.")
    private @Nullable KernelChoice kernels;

    @Option(
            names = "--precision",
            paramLabel = "HOW",
            description = "fast (default) or exact: float activations for every weight format.")
    private @Nullable Precision precision;

    @Option(
            names = "--adapter",
            paramLabel = "PATH",
            description = "LoRA adapter: a folder of PEFT, or a GGUF or safetensors file.")
    private @Nullable Path adapter;

    @Option(
            names = "--adapter-strength",
            paramLabel = "FACTOR",
            defaultValue = "1",
            description = "What the adapter adds is multiplied by this (default: ${DEFAULT-VALUE}).")
    private float strength = 1;

    /** The loader these arguments describe; {@code exact} gives defaults for comparing with a float reference. */
    ModelLoader loader(boolean exact) {
        ModelLoader loader = LanguageModel.loader();
        if (exact) {
            loader.precision(Precision.EXACT).kvType(KvType.F32);
        }
        if (threads != null) {
            loader.threads(threads);
        }
        if (context != null) {
            loader.contextSize(context);
        }
        if (kvType != null) {
            loader.kvType(kvType);
        }
        if (kernels != null) {
            loader.kernels(kernels);
        }
        if (precision != null) {
            loader.precision(precision);
        }
        if (adapter != null) {
            loader.adapter(adapter, strength);
        }
        return loader;
    }

    /** The context asked for, or null. */
    @Nullable
    Integer context() {
        return context;
    }
}
