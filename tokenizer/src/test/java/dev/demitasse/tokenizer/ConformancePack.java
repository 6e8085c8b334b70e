package dev.demitasse.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the pack holds for this module, found by the names that files of each kind have. */
final class ConformancePack {
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path folder = ConformanceReport.pack();

    /** Returns all files of a kind anywhere in the pack, apart from the malformed ones, which are listed by cases. */
    List<Path> files(String... names) {
        try (var paths = Files.walk(folder)) {
            return paths.filter(
                            path -> List.of(names).contains(path.getFileName().toString()))
                    .filter(path -> !path.startsWith(folder.resolve("bad")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path folder() {
        return folder;
    }

    /** The name of a file in the report. */
    String name(Path file) {
        return folder.relativize(file).toString();
    }

    static Tokenizer load(Path file) {
        if (!file.toString().endsWith(".gz")) {
            return TokenizerJson.load(file);
        }
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return TokenizerJson.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the tokenizer that lies beside a file of vectors. */
    static Tokenizer tokenizerBeside(Path vectors) {
        Path plain = vectors.resolveSibling("tokenizer.json");
        return load(Files.exists(plain) ? plain : vectors.resolveSibling("tokenizer.json.gz"));
    }

    static JsonNode json(Path file) {
        try {
            return MAPPER.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the cases of a file, one a line; texts hold other line separators than \n. */
    static List<JsonNode> lines(Path file) {
        try {
            List<JsonNode> lines = new ArrayList<>();
            for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isBlank()) {
                    lines.add(MAPPER.readTree(line));
                }
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).asInt();
        }
        return ids;
    }
}
