package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.grammar.Validator;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies that are held to a type, of models that think before they answer. */
@Timeout(120)
class ThinkingOutputTest {
    private static final String SCHEMA = """
        {"type": "object", "properties": {"诗": {"type": "array", "items": {"type": "string", "maxLength": 7}},
         "ok": {"type": "boolean"}}, "required": ["诗", "ok"]}\
        """;
    private static final int MAX_TOKENS = 150;

    record Point(int x, int y) {}

    @TempDir
    private Path folder;

    private LanguageModel random(ChatTemplate template) {
        ModelLanguage language = new ModelLanguage(
                TestLanguage.TOKENIZER,
                template,
                ChatOptions.INHERIT,
                Set.of(TestLanguage.IM_END, TestLanguage.END_OF_TEXT));
        return new LanguageModel(LanguageModel.loader().loadRaw(RandomGguf.write(folder, 1024)), language);
    }

    private static Reply reply(LanguageModel model, long seed) {
        return model.send(ChatRequest.builder()
                        .user("写一首诗")
                        .options(o -> o.jsonSchema(SCHEMA)
                                .temperature(2)
                                .topK(0)
                                .topP(1)
                                .maxTokens(MAX_TOKENS)
                                .seed(seed))
                        .build())
                .await();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void thinkingIsFreeAndEndsInTimeForAValidAnswer(long seed) {
        try (LanguageModel model = random(Qwen3Template.THINKING_2507)) {
            Reply reply = reply(model, seed);
            assertThat(reply.finish()).isEqualTo(Finish.STOP);
            assertThat(reply.thinking()).isNotEmpty();
            assertThat(new Validator(SCHEMA).errors(reply.text()))
                    .as(reply.text())
                    .isEmpty();
            assertThat(reply.usage().completionTokens()).isLessThanOrEqualTo(MAX_TOKENS);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aModelThatCanDoWithoutThinkingDoes(long seed) {
        try (LanguageModel model = random(ChatTemplate.qwen3())) {
            Reply reply = reply(model, seed);
            assertThat(reply.thinking()).isEmpty();
            assertThat(new Validator(SCHEMA).errors(reply.text()))
                    .as(reply.text())
                    .isEmpty();
        }
    }

    @Test
    void theValueIsReadFromTheAnswerAndTheConversationGoesOn() {
        try (var model = ScriptedModel.withTemplate(Qwen3Template.THINKING_2507)
                        .thenThinks("Left of the middle.", "{\"x\": -1, \"y\": 2}")
                        .thenThinks("Simple.", "Yes.");
                var chat = model.chat()) {
            assertThat(chat.ask("Where?", Point.class)).isEqualTo(new Point(-1, 2));
            assertThat(model.prompts().getLast()).endsWith("<|im_start|>assistant\n<think>\n");
            assertThat(chat.ask("Sure?")).isEqualTo("Yes.");
        }
        try (var model = ScriptedModel.withTemplate(ChatTemplate.qwen3()).thenReplies("{\"x\": -1, \"y\": 2}");
                var chat = model.chat()) {
            assertThat(chat.ask("Where?", Point.class)).isEqualTo(new Point(-1, 2));
            assertThat(model.prompts().getLast()).endsWith("<think>\n\n</think>\n\n");
        }
    }

    @Test
    void anAnswerForWhichThinkingLeavesNoRoomIsRefusedBeforeItBegins() {
        try (LanguageModel model = random(Qwen3Template.THINKING_2507);
                ChatSession chat = model.chat()) {
            int shortest = 14;
            assertThatThrownBy(() -> chat.ask("Where?", OutputType.of(Point.class), o -> o.maxTokens(shortest)))
                    .isInstanceOf(StructuredOutputException.class)
                    .hasMessageContaining("takes");
        }
    }
}
