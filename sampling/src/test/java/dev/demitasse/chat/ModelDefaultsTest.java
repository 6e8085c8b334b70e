package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reply inherits from the files of its model. */
class ModelDefaultsTest {
    private static final ChatOptions QWEN2 =
            ChatOptions.of(o -> o.temperature(0.7).topP(0.8).topK(20).repetitionPenalty(1.1));

    @TempDir
    private Path folder;

    @Test
    void aFamilyIsKnownByItsOwnTemplate() {
        assertThat(FamilyDefaults.of(new Qwen25Template(Qwen25Template.QWEN))).isEqualTo(QWEN2);
        assertThat(FamilyDefaults.of(ChatTemplate.chatMl("You are a helpful assistant.")))
                .isEqualTo(QWEN2);
        assertThat(FamilyDefaults.of(Qwen3Template.FIRST))
                .isEqualTo(ChatOptions.of(o -> o.temperature(0.6).topP(0.95).topK(20)));
        assertThat(FamilyDefaults.of(Qwen3Template.INSTRUCT_2507))
                .isEqualTo(ChatOptions.of(o -> o.temperature(0.7).topP(0.8).topK(20)));
    }

    @Test
    void modelsOfOthersDrawFromTheirOwnDistribution() {
        assertThat(FamilyDefaults.of(null)).isEqualTo(ChatOptions.INHERIT);
        assertThat(FamilyDefaults.of(ChatTemplate.chatMl(null))).isEqualTo(ChatOptions.INHERIT);
        assertThat(ModelLanguage.load(RandomGguf.write(folder)).defaults()).isEqualTo(ChatOptions.INHERIT);
    }

    @Test
    void whatAGgufFileSaysComesFirst() {
        Map<String, Float> said = Map.of("temp", 1.5f, "top_p", 0.5f, "min_p", 0.125f, "penalty_repeat", 1.25f);
        assertThat(ModelLanguage.load(RandomGguf.writeWithSampling(folder, "You are a helpful assistant.", said, 7))
                        .defaults())
                .isEqualTo(ChatOptions.of(o -> o.temperature(1.5)
                        .topP(0.5)
                        .minP(0.125)
                        .repetitionPenalty(1.25)
                        .topK(7)));
    }

    @Test
    void whatAGgufFileLeavesOutComesFromTheFamily() {
        assertThat(ModelLanguage.load(RandomGguf.writeWithSampling(folder, "You are a helpful assistant.", Map.of(), 7))
                        .defaults())
                .isEqualTo(QWEN2.toBuilder().topK(7).build());
    }

    @Test
    void negativeValuesMeanOffAsInLlamaCpp() {
        assertThat(ModelLanguage.load(RandomGguf.writeWithSampling(folder, "Be brief.", Map.of("temp", -1f), -1))
                        .defaults())
                .isEqualTo(ChatOptions.of(o -> o.temperature(0).topK(0)));
    }

    @Test
    void aValueOutOfRangeIsRefusedByName() {
        Path file = RandomGguf.writeWithSampling(folder, "Be brief.", Map.of("top_p", 1.5f), 0);
        assertThatThrownBy(() -> ModelLanguage.load(file))
                .isInstanceOf(CorruptModelException.class)
                .hasMessageContaining(
                        file + ": key general.sampling.top_p: topP must be above 0 and at most 1 (off), got" + " 1.5");
    }

    @Test
    void whatAFolderSaysComesFirst() throws IOException {
        Path tokenizer = Path.of("..", "tokenizer", "src", "test", "resources", "small.tokenizer.json");
        Files.copy(tokenizer, folder.resolve("tokenizer.json"));
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                TemplateRecognitionTest.CHATML_WITH_SYSTEM.replace(
                        "Speak like a barista.", "You are a helpful assistant."));
        Files.writeString(folder.resolve("generation_config.json"), "{\"temperature\": 0.25, \"top_k\": 3}");
        assertThat(ModelLanguage.load(folder).defaults())
                .isEqualTo(QWEN2.toBuilder().temperature(0.25).topK(3).build());
    }

    @Test
    void theBundledModelIsSampledAsItsCardSays() {
        assertThat(ModelLanguage.load(DemoModel.path()).defaults())
                .isEqualTo(
                        ChatOptions.of(o -> o.temperature(0.8).topP(0.9).topK(0).repetitionPenalty(1)));
    }

    @Test
    void greedyLeavesThePenaltiesOfTheModelBehindAndNotThoseOfTheCaller() {
        ModelLanguage language =
                new ModelLanguage(TestLanguage.TOKENIZER, TestLanguage.CHATML, QWEN2, Set.of(TestLanguage.IM_END));
        assertThat(language.resolve(ChatOptions.of(ChatOptions.Builder::greedy)).named())
                .containsEntry("greedy", true)
                .doesNotContainKey("repetitionPenalty");
        assertThat(language.resolve(ChatOptions.of(o -> o.repetitionPenalty(1.3).greedy()))
                        .named())
                .containsEntry("repetitionPenalty", 1.3f);
        assertThat(language.resolve(ChatOptions.of(o -> o.temperature(0))).named())
                .containsEntry("repetitionPenalty", 1.1f);
    }
}
