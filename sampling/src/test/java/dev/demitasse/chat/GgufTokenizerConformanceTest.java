package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tokenizers out of GGUF metadata: the malformed ones of the pack, and real vocabularies against the vectors. */
@Timeout(300)
class GgufTokenizerConformanceTest {
    private static final String BAD_CASES = "bad/cases.jsonl";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void malformedVocabulariesAreRefusedByAFailureThatSaysWhy() {
        Path pack = ConformanceReport.pack();
        List<String> wrong = new ArrayList<>();
        try (ConformanceReport report = new ConformanceReport("gguf-tokenizer-bad")) {
            for (Map<String, @Nullable Object> bad : ConformanceCases.read(pack.resolve(BAD_CASES))) {
                if ("gguf".equals(bad.get("format")) && "tokenizer".equals(bad.get("level"))) {
                    report.started(BAD_CASES);
                    String file = String.valueOf(bad.get("file"));
                    Throwable failure = failureOf(pack.resolve("bad").resolve(file));
                    if (isExpected(failure, file, String.valueOf(bad.get("expect")))) {
                        report.passed(BAD_CASES);
                    } else {
                        wrong.add(file + ": expected " + bad.get("expect") + ", got " + failure);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static @Nullable Throwable failureOf(Path file) {
        try {
            var _ = ModelLanguage.load(file);
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    private static boolean isExpected(@Nullable Throwable failure, String file, String expect) {
        if (failure == null) {
            return !expect.equals("reject");
        }
        String name = String.valueOf(Path.of(file).getFileName());
        return !expect.equals("accept")
                && failure instanceof ModelLoadException
                && String.valueOf(failure.getMessage()).contains(name);
    }

    @Test
    void vocabulariesOfThePackEncodeAsTheReference() throws IOException {
        Path pack = ConformanceReport.pack();
        List<String> wrong = new ArrayList<>();
        try (ConformanceReport report = new ConformanceReport("gguf-tokenizer");
                Stream<Path> files = Files.walk(pack, 2)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".gguf.gz"))
                    .sorted()
                    .toList()) {
                String name = pack.relativize(file).toString();
                ModelLanguage language = ModelLanguage.load(unpacked(file));
                Path vectors = file.resolveSibling("tokenizer_vectors.jsonl");
                for (Map<String, @Nullable Object> vector : ConformanceCases.read(vectors)) {
                    if (Boolean.TRUE.equals(vector.get("nfc_unicode_lag"))) {
                        report.exempt(name);
                        continue;
                    }
                    report.started(name);
                    String text = String.valueOf(vector.get("text"));
                    boolean same = Arrays.equals(
                                    language.tokenizer().encode(text, SpecialTokens.ALL),
                                    ConformanceCases.ints(vector.get("ids")))
                            && Arrays.equals(
                                    language.tokenizer().encode(text, SpecialTokens.NONE),
                                    ConformanceCases.ints(vector.get("ids_no_special")));
                    if (same) {
                        report.passed(name);
                    } else {
                        wrong.add(name + ": " + text);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private Path unpacked(Path packed) throws IOException {
        Path file = folder.resolve("vocabulary.gguf");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
            Files.write(file, in.readAllBytes());
        }
        return file;
    }
}
