package dev.demitasse.chat;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.tokenizer.TokenizerFormatException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Gives everything that goes wrong while loading its type under {@link ModelLoadException}. */
final class LoadFailures {
    private LoadFailures() {}

    /** Runs a part of loading; the messages name {@code path} or a file in it. */
    static <T> T wrap(Path path, Supplier<T> loading) {
        try {
            return loading.get();
        } catch (DemitasseException typed) {
            throw typed;
        } catch (FileFormatException e) {
            throw of(e);
        } catch (TokenizerFormatException e) {
            throw of(path, e);
        } catch (UncheckedIOException e) {
            throw new ModelLoadException(path + " cannot be read: " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new ModelLoadException(
                    path + ": found no memory to load it (" + e.getMessage()
                            + "). Give the JVM more heap, or load it with a smaller contextSize",
                    e);
        }
    }

    /** The type that a format's failure has for an application. */
    static ModelLoadException of(FileFormatException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e.kind()) {
            case UNSUPPORTED_ARCHITECTURE,
                    UNSUPPORTED_TENSOR_TYPE,
                    UNSUPPORTED_TOKENIZER,
                    UNSUPPORTED_VERSION,
                    UNSUPPORTED,
                    EXTRA_TENSOR -> new UnsupportedArchitectureException(message, e);
            case MISSING_FILE -> new ModelNotFoundException(message, e);
            case UNREADABLE, CHANGED -> new ModelLoadException(message, e);
            default -> new CorruptModelException(message, e);
        };
    }

    private static ModelLoadException of(Path path, TokenizerFormatException e) {
        String message = String.valueOf(e.getMessage());
        String named = message.startsWith(path.toString()) ? message : path + ": " + message;
        return switch (e.fault()) {
            case UNSUPPORTED_TOKENIZER -> new UnsupportedArchitectureException(named, e);
            default -> new CorruptModelException(named, e);
        };
    }
}
