package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Every tokenizer vector of the conformance pack, exactly. */
class TokenizerConformanceTest {
    private static ConformancePack pack;
    private static ConformanceReport report;

    private final List<String> failures = new ArrayList<>();

    @BeforeAll
    static void open() {
        pack = new ConformancePack();
        report = new ConformanceReport("tokenizer");
    }

    @AfterAll
    static void writeReport() {
        if (report != null) {
            report.close();
        }
    }

    @Test
    void everyTextIsEncodedAndDecodedAsTheReferenceDoesIt() {
        List<Path> files = pack.files("tokenizer_vectors.jsonl");
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            checkVectors(file, pack.name(file), ConformancePack.tokenizerBeside(file));
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void aVocabularyFromGgufListsGivesTheSameIds() {
        for (Path file : pack.files("vocab.gguf.gz")) {
            Tokenizer tokenizer = Tokenizer.qwen2(GgufLists.read(file).vocabulary());
            checkVectors(file.resolveSibling("tokenizer_vectors.jsonl"), pack.name(file), tokenizer);
        }
        assertThat(failures).isEmpty();
    }

    private void checkVectors(Path vectors, String reportedAs, Tokenizer tokenizer) {
        for (JsonNode vector : ConformancePack.lines(vectors)) {
            if (vector.path("nfc_unicode_lag").asBoolean(false)) {
                report.exempt(reportedAs);
                continue;
            }
            report.started(reportedAs);
            String problem = problemWith(vector, tokenizer);
            if (problem.isEmpty()) {
                report.passed(reportedAs);
            } else {
                failures.add(reportedAs + " " + vector.get("id").asString() + ": " + problem);
            }
        }
    }

    private static String problemWith(JsonNode vector, Tokenizer tokenizer) {
        String text = vector.get("text").asString();
        int[] ids = ConformancePack.ids(vector.get("ids"));
        int[] plain = ConformancePack.ids(vector.get("ids_no_special"));
        int[] split = vector.has("ids_split_special") ? ConformancePack.ids(vector.get("ids_split_special")) : plain;
        String normalized = Normalizer.normalize(text, Normalizer.Form.NFC);
        String decoded = vector.has("decoded") ? vector.get("decoded").asString() : normalized;

        StringBuilder problem = new StringBuilder();
        compare(problem, "ALL", tokenizer.encode(text, SpecialTokens.ALL), ids);
        compare(problem, "NONE", tokenizer.encode(text, SpecialTokens.NONE), plain);
        compare(problem, "SPLIT", tokenizer.encode(text, SpecialTokens.SPLIT), split);
        if (tokenizer.count(text, SpecialTokens.ALL) != ids.length) {
            problem.append(" count");
        }
        if (!tokenizer.decode(ids).equals(decoded)) {
            problem.append(" decode gave ").append(tokenizer.decode(ids));
        }
        if (!normalized.equals(text) != vector.path("nfc_changes").asBoolean(false)) {
            problem.append(" nfc_changes");
        }
        for (int id : plain) {
            if (tokenizer.vocabulary().isSpecial(id)) {
                problem.append(" special token from plain text");
            }
        }
        return problem.toString();
    }

    private static void compare(StringBuilder problem, String mode, int[] found, int[] expected) {
        if (!Arrays.equals(found, expected)) {
            problem.append(
                    " %s gave %s, expected %s".formatted(mode, Arrays.toString(found), Arrays.toString(expected)));
        }
    }

    @Test
    void everyStreamGivesOutEachPieceAsSoonAsItIsFinal() {
        List<Path> files = pack.files("stream_vectors.jsonl");
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            Tokenizer tokenizer = ConformancePack.tokenizerBeside(file);
            for (JsonNode vector : ConformancePack.lines(file)) {
                report.started(pack.name(file));
                SpecialText specialText = vector.get("skip_special").asBoolean() ? SpecialText.SKIP : SpecialText.KEEP;
                int[] ids = ConformancePack.ids(vector.get("ids"));
                TextStream stream = tokenizer.textStream(specialText);
                List<String> pieces = Arrays.stream(ids).mapToObj(stream::feed).toList();
                List<String> expected = vector.get("pieces")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList();
                if (pieces.equals(expected)
                        && stream.flush().equals(vector.get("flush").asString())
                        && tokenizer
                                .decode(ids, specialText)
                                .equals(vector.get("full").asString())) {
                    report.passed(pack.name(file));
                } else {
                    failures.add(pack.name(file) + " " + vector.get("id").asString() + ": gave " + pieces);
                }
            }
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void everyTokenizerFileLoadsAndGivesBackWhatItEncodes() {
        String text = "Hello wörld, 你好 مرحبا 👋🏽\r\n\tfor (;;) { return 42; } \u0000<|im_end|>";
        List<Path> files = pack.files("tokenizer.json", "tokenizer.json.gz");
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            report.started(pack.name(file));
            Tokenizer tokenizer = ConformancePack.load(file);
            assertThat(tokenizer.decode(tokenizer.encode(text, SpecialTokens.ALL)))
                    .as(pack.name(file))
                    .isEqualTo(text);
            assertThat(tokenizer.encode(text, SpecialTokens.ALL))
                    .as(pack.name(file))
                    .endsWith(tokenizer.tokenId("<|im_end|>").orElseThrow());
            report.passed(pack.name(file));
        }
    }
}
