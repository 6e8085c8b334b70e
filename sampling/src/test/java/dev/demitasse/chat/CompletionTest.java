package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.demo.DemoModel;
import dev.demitasse.tokenizer.SpecialTokens;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Prompts without a chat template. */
@Timeout(60)
class CompletionTest {
    private static final ChatOptions GREEDY = ChatOptions.of(o -> o.greedy().maxTokens(40));

    @Test
    void theModelReadsNothingButThePrompt() {
        try (var model = ScriptedModel.replying("明月光")) {
            Reply reply = model.complete("床前", GREEDY).await();
            assertThat(reply.text()).isEqualTo("明月光");
            assertThat(reply.finish()).isEqualTo(Finish.STOP);
            assertThat(reply.usage().promptTokens()).isEqualTo(6);
            assertThat(model.prompts()).containsExactly("床前");
        }
    }

    @Test
    void aChatsPromptCompletedByHandIsTheChatsReply() {
        try (var model = LanguageModel.load(DemoModel.path())) {
            ChatRequest request =
                    ChatRequest.builder().user("写一首关于月亮的诗").options(GREEDY).build();
            String chat = model.send(request).await().text();
            int[] prompt = model.language().encode(request.templateInput());
            assertThat(model.complete(prompt, GREEDY).await().text())
                    .isEqualTo(chat)
                    .isNotBlank();
        }
    }

    @Test
    void textIsNoMarkupAndTokenIdsMayBe() {
        try (var model = ScriptedModel.replying("a")) {
            String text = "<|im_start|>床";
            int asText = model.complete(text, GREEDY).await().usage().promptTokens();
            int[] tokens = model.tokenizer().encode(text, SpecialTokens.ALL);
            int asTokens = model.complete(tokens, GREEDY).await().usage().promptTokens();
            assertThat(asText).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
            assertThat(asTokens).isEqualTo(4);
        }
    }

    @Test
    void reasoningAndCallsAreTextHere() {
        try (var model = ScriptedModel.withTemplate(ChatTemplate.qwen3()).thenThinks("想", "好")) {
            Reply reply = model.complete("<think>", GREEDY).await();
            assertThat(reply.text()).isEqualTo("<think>\n想\n</think>\n\n好");
            assertThat(reply.thinking()).isEmpty();
        }
    }

    @Test
    void stopStringsAndLimitsHold() {
        try (var model = ScriptedModel.replying("一二三四五六")) {
            Reply stopped = model.complete("数：", o -> o.stop(List.of("四五"))).await();
            assertThat(stopped.text()).isEqualTo("一二三");
            assertThat(stopped.finish()).isEqualTo(Finish.STOP_STRING);
            Reply cut = model.complete("数：", o -> o.maxTokens(6)).await();
            assertThat(cut.text()).isEqualTo("一二");
            assertThat(cut.finish()).isEqualTo(Finish.LENGTH);
        }
    }

    @Test
    void aSchemaHolds() {
        try (var model = LanguageModel.load(DemoModel.path())) {
            String schema = "{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"}},\"required\":[\"ok\"],"
                    + "\"additionalProperties\":false}";
            String text = model.complete("写：", o -> o.greedy().jsonSchema(schema))
                    .await()
                    .text();
            assertThat(text.replaceAll("\\s", "")).matches("\\{\"ok\":(true|false)\\}");
        }
    }

    @Test
    void whatAnotherHasReadIsReused() {
        try (var model = ScriptedModel.replying("x")) {
            Reply first = model.complete("床前明月光", GREEDY).await();
            Reply second = model.complete("床前明月夜", GREEDY).await();
            assertThat(first.usage().cachedTokens()).isZero();
            // four characters of three bytes, and the first byte of the fifth
            assertThat(second.usage().cachedTokens()).isEqualTo(13);
        }
    }

    @Test
    void promptsThatCannotBeAreRefusedBeforeAnythingRuns() {
        try (var model = TestModel.withContext(16, "x")) {
            LanguageModel completing = model.model;
            assertThatThrownBy(() -> completing.complete("", GREEDY))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at least one");
            assertThatThrownBy(() -> completing.complete(new int[] {TestLanguage.SIZE}, GREEDY))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not in the vocabulary");
            assertThatThrownBy(() -> completing.complete("x".repeat(16), GREEDY))
                    .isInstanceOf(ContextOverflowException.class);
            assertThat(completing.complete("x".repeat(15), GREEDY).await().finish())
                    .isIn(Finish.STOP, Finish.CONTEXT_FULL);
        }
    }

    @Test
    void thePromptIsCopied() {
        try (var model = ScriptedModel.replying("x")) {
            int[] prompt = {'a', 'b'};
            Generation generation = model.complete(prompt, GREEDY);
            prompt[0] = 'z';
            generation.await();
            assertThat(model.prompts()).containsExactly("ab");
        }
    }
}
