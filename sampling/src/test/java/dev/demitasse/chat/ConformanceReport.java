package dev.demitasse.chat;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts what a conformance test found, ran and passed in each file of the pack, and leaves the counts in
 * {@code target/conformance/<area>.json} for the check that nothing was skipped.
 */
public final class ConformanceReport implements AutoCloseable {
    private record Counts(int found, int run, int passed, int exempt) {
        Counts plus(Counts other) {
            return new Counts(found + other.found, run + other.run, passed + other.passed, exempt + other.exempt);
        }
    }

    private final String area;
    private final Map<String, Counts> files = new TreeMap<>();

    /** @param area name of the report's file; one a test class */
    public ConformanceReport(String area) {
        this.area = area;
    }

    /** The pack's folder; the calling test is skipped where there is none. */
    public static Path pack() {
        String folder = System.getenv("DEMITASSE_CONFORMANCE");
        Path pack = Path.of(folder == null ? "../../shared/conformance" : folder);
        assumeTrue(Files.isDirectory(pack), "no conformance pack at " + pack.toAbsolutePath());
        try {
            // Walking a folder does not follow a link that it starts from.
            return pack.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Counts a case of a file that is run now; {@link #passed} follows when it was right. */
    public void started(String file) {
        count(file, new Counts(1, 1, 0, 0));
    }

    /** Counts the success of a case that was started. */
    public void passed(String file) {
        count(file, new Counts(0, 0, 1, 0));
    }

    /** Counts a case that the pack allows to leave out. */
    public void exempt(String file) {
        count(file, new Counts(1, 0, 0, 1));
    }

    private void count(String file, Counts counts) {
        files.merge(file, counts, Counts::plus);
    }

    /** Writes the report. */
    @Override
    public void close() {
        StringBuilder json = new StringBuilder("{");
        files.forEach((file, counts) -> json.append(json.length() == 1 ? "\n" : ",\n")
                .append(String.format(
                        Locale.ROOT,
                        "\"%s\": {\"found\":%d,\"run\":%d,\"passed\":%d,\"exempt\":%d}",
                        file,
                        counts.found,
                        counts.run,
                        counts.passed,
                        counts.exempt)));
        try {
            Path folder = Files.createDirectories(Path.of("target", "conformance"));
            Files.writeString(folder.resolve(area + ".json"), json.append("\n}\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
