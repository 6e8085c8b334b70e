package dev.demitasse.chat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the JSON lines of the conformance pack. */
public final class ConformanceCases {
    private ConformanceCases() {}

    /** The cases of a file; lines end at line feeds only, because texts hold other line separators. */
    public static List<Map<String, @Nullable Object>> read(Path file) {
        return parse(readString(file));
    }

    static List<Map<String, @Nullable Object>> parse(String lines) {
        return Stream.of(lines.split("\n"))
                .filter(line -> !line.isEmpty())
                .map(line -> JsonValues.asObject(notNull(JsonReader.read(line))))
                .toList();
    }

    /** A list of numbers as ints. */
    public static int[] ints(@Nullable Object list) {
        return ((List<?>) notNull(list))
                .stream()
                        .mapToInt(value -> ((Number) notNull(value)).intValue())
                        .toArray();
    }

    private static String readString(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T notNull(@Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("a value of the conformance pack is missing");
        }
        return value;
    }
}
