package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Every malformed tokenizer.json of the pack has the outcome that the pack states, in the small heap of this build. */
class MalformedTokenizerConformanceTest {
    private static final String CASES = "bad/cases.jsonl";

    private static ConformancePack pack;
    private static ConformanceReport report;

    @BeforeAll
    static void open() {
        pack = new ConformancePack();
        report = new ConformanceReport("tokenizer-malformed");
    }

    @AfterAll
    static void writeReport() {
        if (report != null) {
            report.close();
        }
    }

    @Test
    void everyMalformedFileIsRefusedByNameOrLoadsWhereItMay() throws IOException {
        List<String> failures = new ArrayList<>();
        int cases = 0;
        for (JsonNode listed : ConformancePack.lines(pack.folder().resolve(CASES))) {
            if (listed.get("format").asString().equals("tokenizer")) {
                cases++;
                String name = "bad/" + listed.get("file").asString();
                report.started(CASES);
                Path file = pack.folder().resolve(name);
                assertThat(Files.size(file))
                        .as(name)
                        .isEqualTo(listed.get("bytes").asLong());
                String outcome = Assertions.assertTimeoutPreemptively(Duration.ofSeconds(30), () -> outcome(file));
                String expected = listed.get("expect").asString();
                if (outcome.equals(expected) || (expected.equals("either") && !outcome.startsWith("wrong"))) {
                    report.passed(CASES);
                } else {
                    failures.add(name + ": expected " + expected + ", " + outcome);
                }
            }
        }
        assertThat(cases).isPositive();
        assertThat(failures).isEmpty();
    }

    private static String outcome(Path file) {
        try {
            Tokenizer tokenizer = TokenizerJson.load(file);
            String text = "Hello <|im_end|> wörld \u0007";
            String decoded = tokenizer.decode(tokenizer.encode(text, SpecialTokens.ALL));
            return decoded.equals(text) ? "accept" : "wrong: decoded to " + decoded;
        } catch (TokenizerFormatException e) {
            return String.valueOf(e.getMessage()).startsWith(file + ": ")
                    ? "reject"
                    : "wrong: no file name in " + e.getMessage();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return "wrong: " + e;
        }
    }
}
