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

    private LanguageModel load() {
        Path pack = ConformanceReport.pack().resolve("qwen2.5");
        ModelLanguage language = ModelLanguage.load(pack.resolve("tokenizer.json"));
        return new LanguageModel(LanguageModel.loader().loadRaw(RandomGguf.writeWithIds(folder, ROWS)), language);
    }

    @Test
    void repliesAtTemperatureTwoAreValid() {
        try (LanguageModel model = load()) {
            assertThat(StructuredReplies.failures(model, StructuredReplies.COUNT))
                    .isEmpty();
        }
    }

    @Test
    void callsOfToolsAreMadeWhereTheyAreRequiredAndAreValid() {
        try (LanguageModel model = load()) {
            assertThat(ToolReplies.replies(model, ToolChoice.REQUIRED, StructuredReplies.COUNT))
                    .allSatisfy(reply -> {
                        assertThat(reply.finish()).isEqualTo(Finish.TOOL_CALLS);
                        assertThat(reply.toolCalls()).isNotEmpty();
                        assertThat(ToolReplies.faults(reply)).isEmpty();
                    });
            assertThat(ToolReplies.replies(model, ToolChoice.NONE, StructuredReplies.COUNT))
                    .allSatisfy(reply -> assertThat(reply.toolCalls()).isEmpty());
        }
    }
}
