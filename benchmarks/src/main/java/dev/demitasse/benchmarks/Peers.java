package dev.demitasse.benchmarks;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the peers are that no package manager of ours brings, as the environment says. */
final class Peers {
    private static final String LLAMA_CPP = "LLAMA_CPP";

    private static @Nullable LlamaCppLibrary llamaCpp;

    private Peers() {}

    /**
     * The libraries of llama.cpp, from the folder that the environment variable {@code LLAMA_CPP} names.
     *
     * @throws IllegalStateException if it is not set or the folder does not hold them
     */
    static synchronized LlamaCppLibrary llamaCpp() {
        if (llamaCpp == null) {
            llamaCpp = new LlamaCppLibrary(folder(
                    LLAMA_CPP,
                    "the folder with libllama and libggml-cpu-*.so, such as"
                            + " node_modules/@node-llama-cpp/linux-x64/bins/linux-x64 after: npm install"
                            + " node-llama-cpp"));
        }
        return llamaCpp;
    }

    private static Path folder(String variable, String expected) {
        Map<String, String> environment = System.getenv();
        String value = environment.get(variable);
        if (value == null || value.isBlank()) {
            throw new IllegalStateException("environment variable " + variable + " is not set; expected " + expected);
        }
        return Path.of(value).toAbsolutePath();
    }
}
