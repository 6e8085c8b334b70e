package dev.demitasse.chat;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufMetadata;
import java.util.function.DoubleConsumer;

/**
 * The sampling that a GGUF file recommends: the keys {@code general.sampling.*} into which llama.cpp's converter copies
 * {@code generation_config.json}. Those that have a counterpart here are read; the others (xtc, mirostat, the order of
 * the samplers) describe samplers that this library does not have, and are left to applications that do.
 */
final class GgufSampling {
    private static final String PREFIX = "general.sampling.";

    private final Gguf gguf;
    private final GgufMetadata metadata;
    private final ChatOptions.Builder options = ChatOptions.builder();

    private GgufSampling(Gguf gguf) {
        this.gguf = gguf;
        this.metadata = gguf.metadata();
    }

    /**
     * The options that the file sets; the rest is unset.
     *
     * @throws FileFormatException if a value has another type
     * @throws CorruptModelException if a value lies outside its range
     */
    static ChatOptions options(Gguf gguf) {
        GgufSampling sampling = new GgufSampling(gguf);
        // llama.cpp reads values below 0 as off, and the files say so.
        sampling.real("temp", temperature -> sampling.options.temperature(Math.max(0, temperature)));
        sampling.topK();
        sampling.real("top_p", sampling.options::topP);
        sampling.real("min_p", sampling.options::minP);
        sampling.real("penalty_repeat", sampling.options::repetitionPenalty);
        return sampling.options.build();
    }

    private void topK() {
        String key = PREFIX + "top_k";
        if (metadata.has(key)) {
            options.topK(Math.clamp(metadata.integer(key), 0, Integer.MAX_VALUE));
        }
    }

    private void real(String name, DoubleConsumer option) {
        String key = PREFIX + name;
        if (!metadata.has(key)) {
            return;
        }
        double value = metadata.real(key);
        try {
            option.accept(value);
        } catch (IllegalArgumentException e) {
            throw new CorruptModelException(gguf.path() + ": key " + key + ": " + e.getMessage(), e);
        }
    }
}
