package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Structured replies over the vocabulary of Qwen2.5, out of the conformance pack, from a small model of random weights. */
@Timeout(3600)
class StructuredVocabularyConformanceTest {
    /** As many rows as the embedding of Qwen2.5-0.5B has: more than there are tokens. */
    private static final int ROWS = 151_936;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void repliesAtTemperatureTwoAreValid() {
        Path pack = ConformanceReport.pack().resolve("qwen2.5");
        ModelLanguage language = ModelLanguage.load(pack.resolve("tokenizer.json"));
        RawModel raw = LanguageModel.loader().loadRaw(RandomGguf.writeWithIds(folder, ROWS));
        try (LanguageModel model = new LanguageModel(raw, language)) {
            assertThat(StructuredReplies.failures(model, StructuredReplies.COUNT))
                    .isEmpty();
        }
    }
}
