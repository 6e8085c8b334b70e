package dev.demitasse.chat.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.ChatTemplate;
import dev.demitasse.chat.DemitasseException;
import dev.demitasse.chat.Event;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Message;
import dev.demitasse.chat.ModelBusyException;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.ToolCall;
import dev.demitasse.chat.ToolDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ScriptedModelTest {
    private static final String CJK = "床前明月光，😀 <|im_end|> 疑是地上霜";

    @Test
    void repliesComeInOrderAndTheLastIsRepeated() {
        try (var model = ScriptedModel.replying("one", CJK).thenReplies("three");
                var chat = model.chat();
                var other = model.chat()) {
            assertThat(chat.ask("a")).isEqualTo("one");
            assertThat(other.ask("b")).isEqualTo(CJK);
            assertThat(chat.ask("c", o -> o.temperature(100).presencePenalty(100)))
                    .isEqualTo("three");
            assertThat(chat.ask("d")).isEqualTo("three");
            assertThat(chat.history().stream().map(Message::content))
                    .containsExactly("a", "one", "c", "three", "d", "three");
        }
    }

    @Test
    void promptsAreWrittenByTheRealTemplate() {
        try (var model = ScriptedModel.replying("one");
                var chat = model.newChat().system("Be brief.").start()) {
            chat.preload("Why");
            model.warmUp();
            chat.ask("Why?");
            chat.ask("How?");
            assertThat(model.prompts()).hasSize(2).last().isEqualTo("""
                <|im_start|>system
                Be brief.<|im_end|>
                <|im_start|>user
                Why?<|im_end|>
                <|im_start|>assistant
                one<|im_end|>
                <|im_start|>user
                How?<|im_end|>
                <|im_start|>assistant
                """);
        }
    }

    @Test
    void whatWasReadIsNotReadAgain() {
        try (var model = ScriptedModel.replying("one");
                var chat = model.chat()) {
            var first = chat.send("a").await().usage();
            var second = chat.send("b").await().usage();
            assertThat(second.cachedTokens()).isEqualTo(first.promptTokens() + 3);
        }
    }

    @Test
    void stopStringsAndLimitsAreReal() {
        try (var model = ScriptedModel.replying("one END two");
                var chat = model.chat()) {
            Reply stopped = chat.send("go", o -> o.stop("END")).await();
            assertThat(stopped.text()).isEqualTo("one ");
            assertThat(stopped.finish()).isEqualTo(Finish.STOP_STRING);
            assertThat(chat.send("go", o -> o.maxTokens(2)).await().finish()).isEqualTo(Finish.LENGTH);
        }
    }

    @Test
    void askingTheSameAgainAfterARewindIsAnotherReply() {
        try (var model = ScriptedModel.replying("one", "two");
                var chat = model.chat()) {
            assertThat(chat.ask("a")).isEqualTo("one");
            chat.rewind(2);
            assertThat(chat.ask("a")).isEqualTo("two");
        }
    }

    @Test
    void forksGoOnWithTheScript() {
        try (var model = ScriptedModel.replying("one", "two", "three");
                var chat = model.chat()) {
            chat.ask("a");
            try (var fork = chat.fork()) {
                assertThat(fork.ask("b")).isEqualTo("two");
            }
            assertThat(chat.ask("b")).isEqualTo("three");
        }
    }

    @Test
    void aFailureHappensOnce() {
        try (var model = ScriptedModel.replying("one")
                        .failing(new ModelBusyException("later", new IllegalStateException()))
                        .thenReplies("two");
                var chat = model.chat()) {
            chat.ask("a");
            assertThatThrownBy(() -> chat.ask("b")).isInstanceOf(ModelBusyException.class);
            assertThat(chat.history()).hasSize(2);
            assertThat(chat.ask("b")).isEqualTo("two");
        }
    }

    @Test
    void aFailureIsThatOfOneConversationOnly() throws Exception {
        try (var model = ScriptedModel.replying("one")
                .failing(new IllegalStateException("mine"))
                .thenReplies("two")
                .delaying(Duration.ofMillis(20))) {
            ChatRequest request = ChatRequest.builder().user("go").build();
            var replies = List.of(
                    model.send(request).future(),
                    model.send(request).future(),
                    model.send(request).future());
            int failures = 0;
            List<String> texts = new ArrayList<>();
            for (var reply : replies) {
                try {
                    texts.add(reply.get(20, TimeUnit.SECONDS).text());
                } catch (ExecutionException e) {
                    assertThat(e).hasRootCauseMessage("mine");
                    failures++;
                }
            }
            assertThat(failures).isEqualTo(1);
            assertThat(texts).containsExactlyInAnyOrder("one", "two");
        }
    }

    @Test
    void aDelayGivesTimeToCancel() {
        try (var model = ScriptedModel.replying("x".repeat(1000)).delaying(Duration.ofMillis(5));
                var chat = model.chat()) {
            var turn = chat.send("go");
            Reply reply = turn.onText(_ -> turn.cancel()).await();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
            assertThat(chat.send("go", o -> o.timeout(Duration.ofMillis(50)))
                            .await()
                            .finish())
                    .isEqualTo(Finish.TIMEOUT);
            assertThat(chat.history()).hasSize(4);
        }
    }

    @Test
    void reasoningIsAnEventOfItsOwn() {
        try (var model = ScriptedModel.withTemplate(ChatTemplate.qwen3()).thenThinks("想一想", "好");
                var chat = model.chat()) {
            List<Event> events = new ArrayList<>();
            Reply reply = chat.send("去吗？").onEvent(events::add).await();
            assertThat(reply.thinking()).isEqualTo("想一想");
            assertThat(reply.text()).isEqualTo("好");
            assertThat(events).contains(new Event.Thinking("想"), new Event.Text("好"));
        }
    }

    @Test
    void earlierReasoningIsLeftOutOfThePrompt() {
        try (var model = ScriptedModel.withTemplate(ChatTemplate.qwen3()).thenThinks("想一想", "好");
                var chat = model.chat()) {
            chat.ask("去吗？");
            chat.ask("走吧");
            assertThat(model.prompts().getLast()).isEqualTo("""
                <|im_start|>user
                去吗？<|im_end|>
                <|im_start|>assistant
                好<|im_end|>
                <|im_start|>user
                走吧<|im_end|>
                <|im_start|>assistant
                """);
            assertThat(chat.history().getLast().thinking()).isEqualTo("想一想");
        }
    }

    @Test
    void aRequestGetsTheCallsToRunItself() {
        ToolDefinition price = ToolDefinition.of(
                "price", "A price", Map.of("type", "object", "properties", Map.of("fruit", Map.of("type", "string"))));
        try (var model = ScriptedModel.replying()
                .thenCalls(ToolCall.of("price", Map.of("fruit", "苹果")), ToolCall.of("price", Map.of("fruit", "pear")))
                .thenReplies("2 euros")) {
            ChatRequest request = ChatRequest.builder()
                    .user("How much?")
                    .tools(List.of(price))
                    .build();
            Reply reply = model.send(request).await();
            assertThat(reply.finish()).isEqualTo(Finish.TOOL_CALLS);
            assertThat(reply.toolCalls()).extracting(ToolCall::id).containsExactly("call_0", "call_1");
            assertThat(reply.toolCalls().getFirst().arguments()).isEqualTo(Map.of("fruit", "苹果"));
            Reply answer = model.send(ChatRequest.builder()
                            .messages(request.messages())
                            .message(Message.assistant(reply))
                            .message(Message.toolResult("call_0", "0.5"))
                            .message(Message.toolResult("call_1", "1"))
                            .tools(List.of(price))
                            .build())
                    .await();
            assertThat(answer.text()).isEqualTo("2 euros");
            // the calls were read as they were written, down to the last token
            assertThat(answer.usage().cachedTokens())
                    .isEqualTo(reply.usage().promptTokens() + reply.usage().completionTokens() - 1);
        }
    }

    @Test
    void aScriptThatEndsInCallsSaysSo() {
        try (var model = ScriptedModel.replying();
                var chat = model.chat()) {
            assertThatThrownBy(() -> chat.ask("go"))
                    .isInstanceOf(DemitasseException.class)
                    .hasMessageContaining("thenReplies");
        }
    }

    @Test
    void aReplyThatTheSamplerDoesNotChooseIsAnError() {
        try (var model = ScriptedModel.replying("one");
                var chat = model.chat()) {
            assertThatThrownBy(() -> chat.ask("go", o -> o.sampler(() -> (_, _) -> 'z')))
                    .isInstanceOf(DemitasseException.class)
                    .hasMessageContaining("\"z\" was chosen");
        }
    }
}
