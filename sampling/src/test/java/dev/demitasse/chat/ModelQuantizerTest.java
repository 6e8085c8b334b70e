package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.format.Gguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelQuantizerTest {
    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() throws IOException {
        model = RandomGguf.write(Files.createDirectory(folder.resolve("original")));
    }

    private Path target() {
        return folder.resolve("small.gguf");
    }

    @Test
    void aSmallerModelSpeaksTheSameLanguage() {
        ModelQuantizer.to(WeightFormat.Q8_0).threads(2).write(model, target());
        ModelLanguage before = ModelLanguage.load(model);
        ModelLanguage after = ModelLanguage.load(target());
        assertThat(after.stopTokens()).isEqualTo(before.stopTokens());
        assertThat(after.template().name()).isEqualTo(before.template().name());
        assertThat(after.tokenizer().vocabulary().size())
                .isEqualTo(before.tokenizer().vocabulary().size());
        try (LanguageModel small = LanguageModel.load(target());
                ChatSession chat = small.chat()) {
            assertThat(small.info().weightBytes()).containsKey("Q8_0");
            assertThat(chat.ask("a", o -> o.maxTokens(4).greedy())).isNotNull();
        }
        try (Gguf gguf = Gguf.open(target())) {
            assertThat(gguf.metadata().integer("general.file_type")).isEqualTo(7);
            assertThat(gguf.metadata().string("general.license")).isEqualTo("apache-2.0");
        }
    }

    @Test
    void quantisingOnLoadGivesTheSameReplies() {
        ModelQuantizer.to(WeightFormat.Q4_0).write(model, target());
        try (LanguageModel onLoad =
                        LanguageModel.loader().quantize(WeightFormat.Q4_0).load(model);
                LanguageModel stored = LanguageModel.load(target());
                ChatSession first = onLoad.chat();
                ChatSession second = stored.chat()) {
            assertThat(onLoad.info().weightBytes()).isEqualTo(stored.info().weightBytes());
            assertThat(first.ask("a", o -> o.maxTokens(20).greedy()))
                    .isEqualTo(second.ask("a", o -> o.maxTokens(20).greedy()));
        }
        assertThat(LanguageModel.loader()
                        .quantize(WeightFormat.Q4_0)
                        .estimate(model)
                        .weights())
                .isLessThan(LanguageModel.estimate(model).weights() / 3);
    }

    @Test
    void whatCannotBeQuantisedIsATypedErrorAndLeavesNothing() {
        ModelQuantizer.to(WeightFormat.Q8_0).write(model, target());
        Path again = folder.resolve("again.gguf");
        assertThatThrownBy(() -> ModelQuantizer.to(WeightFormat.Q4_0).write(target(), again))
                .isInstanceOf(UnsupportedArchitectureException.class)
                .hasMessageContaining("Q8_0");
        assertThatThrownBy(
                        () -> LanguageModel.loader().quantize(WeightFormat.Q4_0).load(target()))
                .isInstanceOf(UnsupportedArchitectureException.class);
        assertThatThrownBy(() -> ModelQuantizer.to(WeightFormat.Q4_0).write(folder.resolve("absent.gguf"), again))
                .isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> ModelQuantizer.to(WeightFormat.Q8_0).write(model, model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("another name");
        assertThatThrownBy(() -> ModelQuantizer.to(WeightFormat.Q8_0).write(model, folder.resolve("no/such.gguf")))
                .isInstanceOf(DemitasseException.class)
                .hasMessageContaining("cannot write");
        assertThat(again).doesNotExist();
    }
}
