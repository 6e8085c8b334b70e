package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import java.nio.file.Path;

/**
 * Ranges that configuration values must lie in, whichever file they come from. The limits are several times what any
 * model of this size class has, and small enough that no size computed from them overflows an {@code int}.
 */
final class ConfigChecks {
    static final int MAX_LAYERS = 1024;
    static final int MAX_WIDTH = 1 << 18;
    static final int MAX_HEADS = 4096;
    // Four times the widest seen. The rotary table has so many columns for every position of the context.
    static final int MAX_HEAD_DIM = 1024;
    static final int MAX_VOCABULARY = 1 << 24;
    static final int MAX_CONTEXT = 1 << 24;

    private final Path file;

    ConfigChecks(Path file) {
        this.file = file;
    }

    int size(String key, long value, int max) {
        if (value < 1 || value > max) {
            throw badValue(key, Long.toString(value), "an integer from 1 to " + max);
        }
        return (int) value;
    }

    float positive(String key, double value, double max) {
        // Written so that NaN fails, and what vanishes or overflows as a float.
        if (!((float) value > 0 && value <= max)) {
            throw badValue(key, Double.toString(value), "a number above 0, up to " + max);
        }
        return (float) value;
    }

    int quotient(String key, int value, String divisorKey, int divisor) {
        if (value % divisor != 0) {
            throw badValue(key, Integer.toString(value), "a multiple of " + divisorKey + ", which is " + divisor);
        }
        return value / divisor;
    }

    int headDim(String key, int headDim, int heads) {
        if (headDim % 2 != 0) {
            throw badValue(key, Integer.toString(headDim), "an even number, since rotary embedding turns pairs");
        }
        int most = Math.min(MAX_HEAD_DIM, MAX_WIDTH / heads);
        if (headDim > most) {
            throw badValue(key, Integer.toString(headDim), "at most " + most + " with " + heads + " heads");
        }
        return headDim;
    }

    FileFormatException badValue(String key, String found, String expected) {
        return new FileFormatException(Kind.BAD_VALUE, file, "key " + key, found, expected, "");
    }

    FileFormatException unsupported(String key, String found, String expected) {
        return new FileFormatException(
                Kind.UNSUPPORTED,
                file,
                "key " + key,
                found,
                expected,
                "This library would compute something else than this model means.");
    }

    Architecture architecture(String key, String id) {
        for (Architecture architecture : Architecture.values()) {
            if (architecture.id().equals(id)) {
                return architecture;
            }
        }
        throw new FileFormatException(
                Kind.UNSUPPORTED_ARCHITECTURE,
                file,
                "key " + key,
                "\"" + id + "\"",
                "one of qwen2, qwen3, llama",
                "Use a model of one of these families.");
    }
}
