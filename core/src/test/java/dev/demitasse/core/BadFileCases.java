package dev.demitasse.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The malformed files of the conformance pack ({@code bad/cases.jsonl}) and what must become of each. */
public final class BadFileCases {
    /** Where the pack's report counts these cases. */
    public static final String LIST = "bad/cases.jsonl";

    // Not a measurement: long enough for any machine, short enough that a hang is noticed.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private BadFileCases() {}

    /** What must happen. */
    public enum Expectation {
        ACCEPT,
        REJECT,
        EITHER
    }

    /**
     * One case.
     *
     * @param path the file or folder
     * @param name the same, relative to {@code bad/}
     * @param format {@code gguf}, {@code safetensors}, {@code tokenizer} or {@code folder}
     * @param level {@code parse}, {@code model} or {@code tokenizer}: who must tell
     * @param error class of what is wrong, or empty
     */
    public record Case(Path path, String name, String format, String level, Expectation expected, String error) {
        @Override
        public String toString() {
            return name + " (" + expected + " " + error + ")";
        }
    }

    /** The cases of one level, in the order of the pack. */
    public static List<Case> ofLevel(Path pack, String level) {
        Path bad = pack.resolve("bad");
        List<Case> cases = new ArrayList<>();
        try (JsonParser parser =
                new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(pack.resolve(LIST)))) {
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                Map<String, String> fields = texts(parser);
                String name = fields.getOrDefault("file", "");
                Case read = new Case(
                        bad.resolve(name),
                        name,
                        fields.getOrDefault("format", ""),
                        fields.getOrDefault("level", ""),
                        Expectation.valueOf(fields.getOrDefault("expect", "").toUpperCase(Locale.ROOT)),
                        fields.getOrDefault("error", ""));
                if (read.level.equals(level)) {
                    cases.add(read);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }

    private static Map<String, String> texts(JsonParser parser) {
        Map<String, String> fields = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_STRING) {
                fields.put(name, parser.getString());
            } else {
                parser.skipChildren();
            }
        }
        return fields;
    }

    /** Runs an action in a thread of its own and returns what it threw, an error of the JVM included, or null. */
    public static @Nullable Throwable failureOf(Runnable action) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().daemon().unstarted(() -> {
            try {
                action.run();
            } catch (Throwable thrown) {
                failure.set(thrown);
            }
        });
        thread.start();
        try {
            if (!thread.join(PATIENCE)) {
                return new AssertionError("still running after " + PATIENCE + ": " + List.of(thread.getStackTrace()));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return failure.get();
    }
}
