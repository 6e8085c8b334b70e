package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.sampling.SamplingException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The choice of tools binds a model of random weights, which would write anything. */
@Timeout(120)
class ToolChoiceTest {
    private static final int COUNT = 40;

    @TempDir
    private static Path folder = Path.of("");

    private static LanguageModel model;
    private static LanguageModel thinker;

    @BeforeAll
    static void load() {
        Path file = RandomGguf.write(folder, 4096);
        model = new LanguageModel(LanguageModel.loader().loadRaw(file), language(ChatTemplate.qwen25()));
        thinker = new LanguageModel(LanguageModel.loader().loadRaw(file), language(Qwen3Template.THINKING_2507));
    }

    private static ModelLanguage language(ChatTemplate template) {
        return new ModelLanguage(
                TestLanguage.TOKENIZER,
                template,
                ChatOptions.INHERIT,
                Set.of(TestLanguage.IM_END, TestLanguage.END_OF_TEXT));
    }

    @AfterAll
    static void close() {
        model.close();
        thinker.close();
    }

    @Test
    void aRequiredCallIsMadeAndIsValid() {
        List<Reply> replies = ToolReplies.replies(model, ToolChoice.REQUIRED, COUNT);
        assertThat(replies).allSatisfy(reply -> {
            assertThat(reply.finish()).isEqualTo(Finish.TOOL_CALLS);
            assertThat(reply.toolCalls()).isNotEmpty();
            assertThat(reply.text()).isEmpty();
            assertThat(ToolReplies.faults(reply)).isEmpty();
        });
        assertThat(replies.stream().flatMap(reply -> reply.toolCalls().stream()).map(ToolCall::name))
                .as("the model chooses among the tools")
                .contains("weather", "sum");
    }

    @Test
    void aNamedToolIsCalledAndNoOther() {
        for (String name : List.of("weather", "sum")) {
            assertThat(ToolReplies.replies(model, ToolChoice.named(name), COUNT))
                    .allSatisfy(reply -> {
                        assertThat(reply.finish()).isEqualTo(Finish.TOOL_CALLS);
                        assertThat(reply.toolCalls()).extracting(ToolCall::name).containsOnly(name);
                        assertThat(ToolReplies.faults(reply)).isEmpty();
                    });
        }
    }

    @Test
    void noneKeepsAModelFromCallingThatWouldCallAtOnce() {
        Map<Integer, Float> eager = Map.of(TestLanguage.TOOL_CALL, 1000f);
        ChatRequest.Builder request = ChatRequest.builder()
                .user("go")
                .tools(ToolReplies.TOOLS)
                .options(o -> o.greedy().logitBias(eager).maxTokens(80));
        Reply free = model.send(request.toolChoice(ToolChoice.AUTO).build()).await();
        assertThat(free.finish()).isEqualTo(Finish.TOOL_CALLS);
        assertThat(ToolReplies.faults(free)).isEmpty();
        Reply kept = model.send(request.toolChoice(ToolChoice.NONE).build()).await();
        assertThat(kept.toolCalls()).isEmpty();
        assertThat(kept.finish()).isNotEqualTo(Finish.TOOL_CALLS);
        assertThat(kept.text()).doesNotContain("<tool_call>");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void aModelThatWouldCallForEverHasToAnswerWhenItsRoundsAreUsedUp(int rounds) {
        AtomicInteger called = new AtomicInteger();
        try (ChatSession chat = model.newChat()
                .tool(ToolReplies.TOOLS.getLast(), _ -> called.incrementAndGet())
                .maxToolRounds(rounds)
                .options(o -> o.greedy()
                        .logitBias(Map.of(TestLanguage.TOOL_CALL, 1000f))
                        .maxTokens(80))
                .start()) {
            Reply reply = chat.send("go").await();
            assertThat(reply.finish()).isNotEqualTo(Finish.TOOL_CALLS);
            assertThat(reply.toolCalls()).isEmpty();
            assertThat(reply.toolRuns()).hasSize(called.get());
            assertThat(chat.history().stream()
                            .filter(message -> !message.toolCalls().isEmpty()))
                    .as("replies with calls")
                    .hasSize(rounds);
            assertThat(chat.history().getLast().role()).isEqualTo(Role.ASSISTANT);
            assertThat(chat.history().getLast().content()).isEqualTo(reply.text());
        }
    }

    @Test
    void aLimitOfNoRoundsIsRefused() {
        assertThatThrownBy(() -> model.newChat().maxToolRounds(0))
                .hasMessage("maxToolRounds must be at least 1, got 0");
    }

    @Test
    void aModelLeftToItselfHereNeverMakesAValidCall() {
        assertThat(ToolReplies.replies(model, ToolChoice.NONE, COUNT)).allSatisfy(reply -> {
            assertThat(reply.toolCalls()).isEmpty();
            assertThat(reply.text()).isNotEmpty();
        });
    }

    @Test
    void aModelThatCannotHelpThinkingThinksFirstAndStillMakesTheRequiredCall() {
        assertThat(ToolReplies.replies(thinker, ToolChoice.named("sum"), COUNT)).allSatisfy(reply -> {
            assertThat(reply.thinking()).isNotEmpty();
            assertThat(reply.finish()).isEqualTo(Finish.TOOL_CALLS);
            assertThat(reply.toolCalls()).extracting(ToolCall::name).containsOnly("sum");
            assertThat(ToolReplies.faults(reply)).isEmpty();
        });
    }

    @Test
    void aCallForWhichThereIsNoRoomIsRefused() {
        ChatRequest request = ChatRequest.builder()
                .user("go")
                .tools(ToolReplies.TOOLS)
                .toolChoice(ToolChoice.REQUIRED)
                .options(o -> o.maxTokens(10))
                .build();
        assertThatThrownBy(() -> model.send(request).await())
                .hasRootCauseInstanceOf(SamplingException.class)
                .hasStackTraceContaining("the shortest tool call takes");
    }
}
