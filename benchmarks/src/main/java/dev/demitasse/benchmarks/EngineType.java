package dev.demitasse.benchmarks;

import dev.demitasse.chat.KernelChoice;
import java.nio.file.Path;

/** What can be measured end to end. Peers need paths, see {@link Peers}. */
public enum EngineType {
    /** This library with the defaults that a user gets. */
    OURS,
    /** This library without the Vector API. */
    OURS_SCALAR,
    /** The newest llama.cpp through the foreign function interface, flash attention off. */
    LLAMA_CPP,
    /** The same with flash attention. */
    LLAMA_CPP_FLASH,
    /** llama.cpp through its JNI binding. */
    LLAMA_CPP_JNI;

    /** Loads a model. */
    Engine open(Path model, Engine.Settings settings) {
        return switch (this) {
            case OURS -> new OwnEngine(model, settings, KernelChoice.AUTO);
            case OURS_SCALAR -> new OwnEngine(model, settings, KernelChoice.SCALAR);
            case LLAMA_CPP -> new LlamaCpp(Peers.llamaCpp(), model, settings, false);
            case LLAMA_CPP_JNI -> new LlamaCppJni(model, settings);
            case LLAMA_CPP_FLASH -> new LlamaCpp(Peers.llamaCpp(), model, settings, true);
        };
    }
}
