package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.testing.ScriptedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Log probabilities while a reply is written: with the text that their tokens make. */
@Timeout(60)
class LogprobEventsTest {
    private static final Consumer<ChatOptions.Builder> ASKED = o -> o.logprobs(1);

    private final List<Event> events = new ArrayList<>();

    private Reply send(ChatSession chat, Consumer<ChatOptions.Builder> options) {
        return chat.send("写诗", options).onEvent(events::add).await();
    }

    /** What was sent: each text with the text of the tokens that came with it. */
    private List<String> pairs(LanguageModel model) {
        List<String> pairs = new ArrayList<>();
        String tokens = "";
        for (Event event : events) {
            switch (event) {
                case Event.Logprobs(List<TokenLogprob> logprobs) -> tokens += decode(model, logprobs);
                case Event.Text(String text) -> {
                    pairs.add(text + "=" + tokens);
                    tokens = "";
                }
                case Event.Thinking(String text) -> {
                    pairs.add("(" + text + ")=" + tokens);
                    tokens = "";
                }
                case Event.Done _ -> pairs.add("end=" + tokens);
                default -> {}
            }
        }
        return pairs;
    }

    /** Any of the tokens that end a turn is {@code <|im_end|>} here. */
    private static String decode(LanguageModel model, List<TokenLogprob> logprobs) {
        int end = model.tokenizer().tokenId("<|im_end|>").orElseThrow();
        return model.tokenizer()
                .decode(logprobs.stream()
                        .mapToInt(TokenLogprob::token)
                        .map(token -> model.language().stopTokens().contains(token) ? end : token)
                        .toArray());
    }

    private void assertThatNothingIsMissing(Reply reply) {
        List<TokenLogprob> sent = new ArrayList<>();
        for (Event event : events) {
            if (event instanceof Event.Logprobs(List<TokenLogprob> tokens)) {
                assertThat(tokens).isNotEmpty();
                sent.addAll(tokens);
            }
        }
        assertThat(sent).isEqualTo(reply.logprobs()).isNotEmpty();
    }

    @Test
    void aCharacterComesWithAllItsTokens() {
        try (var model = ScriptedModel.replying("床前😀");
                var chat = model.chat()) {
            Reply reply = send(chat, ASKED);
            assertThat(pairs(model)).containsExactly("床=床", "前=前", "😀=😀", "end=<|im_end|>");
            assertThatNothingIsMissing(reply);
            assertThat(reply.logprobs()).hasSize(3 + 3 + 4 + 1);
        }
    }

    @Test
    void whatCouldBeginAStopStringTakesItsTokensAlong() {
        try (var model = ScriptedModel.replying("床前明月光明月夜");
                var chat = model.chat()) {
            Reply reply = send(chat, ASKED.andThen(o -> o.stop(List.of("明月夜"))));
            assertThat(pairs(model)).containsExactly("床=床", "前=前", "明月光=明月光", "end=明月夜");
            assertThat(reply.finish()).isEqualTo(Finish.STOP_STRING);
            assertThatNothingIsMissing(reply);
        }
    }

    @Test
    void whatIsCertainLeavesTheTokensOfTheRestBehind() {
        try (var model = ScriptedModel.replying("axxyq");
                var chat = model.chat()) {
            Reply reply = send(chat, ASKED.andThen(o -> o.stop(List.of("xyz"))));
            assertThat(pairs(model)).containsExactly("a=a", "x=x", "xyq=xyq", "end=<|im_end|>");
            assertThatNothingIsMissing(reply);
        }
    }

    @Test
    void aTokenOfSeveralCharactersComesWithTheFirst() {
        try (var model = TestModel.replyingTokens(TestLanguage.encode("hell"), TestLanguage.encode("hello"));
                var chat = model.chat()) {
            Reply reply = send(chat, ASKED.andThen(o -> o.stop(List.of("lx"))));
            assertThat(pairs(model.model)).containsExactly("hel=hell", "l=", "end=<|im_end|>");
            assertThatNothingIsMissing(reply);
        }
    }

    @Test
    void aCharacterThatALimitCutsOffComesLast() {
        try (var model = ScriptedModel.replying("床前");
                var chat = model.chat()) {
            Reply reply = send(chat, ASKED.andThen(o -> o.maxTokens(5)));
            assertThat(pairs(model)).containsExactly("床=床", "end=\uFFFD");
            assertThatNothingIsMissing(reply);
        }
    }

    @Test
    void reasoningHasItsOwn() {
        try (var model = ScriptedModel.withTemplate(ChatTemplate.qwen3()).thenThinks("想\n想", "好");
                var chat = model.chat()) {
            Reply reply = send(chat, ASKED);
            assertThat(pairs(model))
                    .containsExactly("(想)=<think>\n想", "(\n想)=\n想", "好=\n</think>\n\n好", "end=<|im_end|>");
            assertThatNothingIsMissing(reply);
        }
    }

    @Test
    void aCallsComeAtTheEndOfItsRoundBeforeTheToolRuns() {
        try (var model = ScriptedModel.replying()
                        .thenCalls("price", Map.of("fruit", "苹果"))
                        .thenReplies("三元");
                var chat = model.newChat()
                        .tool(ToolDefinition.of("price", "a price", Map.of("type", "object")), _ -> 3)
                        .start()) {
            Reply reply = send(chat, ASKED);
            assertThatNothingIsMissing(reply);
            int call = indexOf(Event.Logprobs.class);
            assertThat(decode(model, ((Event.Logprobs) events.get(call)).tokens()))
                    .startsWith("<tool_call>")
                    .contains("苹果");
            assertThat(call).isLessThan(indexOf(Event.ToolStarted.class));
            assertThat(pairs(model)).last().isEqualTo("end=<|im_end|>");
        }
    }

    private int indexOf(Class<? extends Event> kind) {
        for (int i = 0; i < events.size(); i++) {
            if (kind.isInstance(events.get(i))) {
                return i;
            }
        }
        throw new AssertionError("no " + kind);
    }

    @Test
    void whoDoesNotAskGetsNone() {
        try (var model = ScriptedModel.replying("床前");
                var chat = model.chat()) {
            Reply reply = send(chat, _ -> {});
            assertThat(events).noneMatch(Event.Logprobs.class::isInstance);
            assertThat(reply.logprobs()).isEmpty();
        }
    }
}
