package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Texts that the reference implementation encoded with the small tokenizer; ReferenceVectors in benchmarks made them. */
class ReferenceVectorsTest {
    private static final Pattern ESCAPE = Pattern.compile("\\\\u([0-9a-f]{4})");

    @Test
    void theSmallTokenizerGivesTheIdsOfTheReference() throws IOException {
        Tokenizer tokenizer = SmallTokenizer.load();
        List<String> lines;
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(getClass().getResourceAsStream("/small.vectors.txt")),
                StandardCharsets.US_ASCII))) {
            lines = reader.lines().toList();
        }
        assertThat(lines).hasSizeGreaterThan(20);
        for (String line : lines) {
            int tab = line.indexOf('\t');
            String text = ESCAPE.matcher(line.substring(0, tab))
                    .replaceAll(escape -> Character.toString(Integer.parseInt(escape.group(1), 16))
                            .replace("\\", "\\\\")
                            .replace("$", "\\$"));
            assertThat(Arrays.toString(tokenizer.encode(text, SpecialTokens.ALL)))
                    .as(text)
                    .isEqualTo(line.substring(tab + 1));
        }
    }
}
