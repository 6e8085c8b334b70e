package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class ReplyWriterTest {
    private static final Calling TOOLS = Calling.of(
            List.of(ToolDefinition.of("price", "a price", Map.of("type", "object"))), ToolChoice.AUTO, List.of());

    private final List<Event> events = new ArrayList<>();

    /** The reply that these texts make, in which markup is tokens. */
    private Reply.Content read(Calling calling, String prompt, List<String> stops, String reply) {
        TurnOutput output = new TurnOutput(new NoTurn(), Consumption.ITERATED, false);
        ReplyWriter writer = writer(calling, TestLanguage.encode(prompt), stops, output);
        boolean stopped = false;
        for (int token : TestLanguage.encode(reply)) {
            stopped = stopped || writer.accept(token);
        }
        if (!stopped) {
            var _ = writer.endOfTurn();
        }
        writer.end();
        output.finished(new Outcome(reply(writer), "", new int[0]));
        drain(output);
        assertThat(texts(Event.Text.class)).isEqualTo(writer.content().text());
        assertThat(texts(Event.Thinking.class)).isEqualTo(writer.content().thinking());
        return writer.content();
    }

    private static ReplyWriter writer(Calling calling, int[] prompt, List<String> stops, TurnOutput output) {
        ReplyTask task = new ReplyTask(prompt, ChatOptions.INHERIT, calling, TestLanguage.LANGUAGE.markup());
        return new ReplyWriter(TestLanguage.TOKENIZER, task, stops, output);
    }

    private static Reply reply(ReplyWriter writer) {
        return new Reply(writer.content(), Finish.STOP, new Usage(0, 0, 0), Timings.NONE, List.of());
    }

    private void drain(TurnOutput output) {
        try {
            for (Event event = output.take(null); event != null; event = output.take(null)) {
                events.add(event);
            }
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private String texts(Class<? extends Event> kind) {
        StringBuilder text = new StringBuilder();
        for (Event event : events) {
            if (kind.isInstance(event)) {
                text.append(event instanceof Event.Text(String answer) ? answer : ((Event.Thinking) event).text());
            }
        }
        return text.toString();
    }

    @Test
    void reasoningIsApartFromTheAnswer() {
        Reply.Content content = read(Calling.OFF, "", List.of(), "<think>\n想一想。\n\n也许。\n</think>\n\n好的。\n\n完。\n");
        assertThat(content.thinking()).isEqualTo("想一想。\n\n也许。");
        assertThat(content.text()).isEqualTo("好的。\n\n完。\n");
    }

    @Test
    void reasoningThatThePromptBeganGoesOn() {
        Reply.Content content = read(Calling.OFF, "<|im_start|>assistant\n<think>\n", List.of(), "hm\n</think>\n\nyes");
        assertThat(content.thinking()).isEqualTo("hm");
        assertThat(content.text()).isEqualTo("yes");
    }

    @Test
    void reasoningThatThePromptEndedIsNotExpected() {
        String prompt = "<|im_start|>assistant\n<think>\n\n</think>\n\n";
        Reply.Content content = read(Calling.OFF, prompt, List.of(), "yes");
        assertThat(content.thinking()).isEmpty();
        assertThat(content.text()).isEqualTo("yes");
    }

    @Test
    void reasoningThatNeverEndsLeavesNoAnswer() {
        Reply.Content content = read(Calling.OFF, "", List.of(), "<think>\nand so on\n");
        assertThat(content.thinking()).isEqualTo("and so on");
        assertThat(content.text()).isEmpty();
    }

    @Test
    void markupSpeltInOrdinaryTokensIsText() {
        TurnOutput output = new TurnOutput(new NoTurn(), Consumption.ITERATED, false);
        ReplyWriter writer = writer(TOOLS, new int[0], List.of(), output);
        for (int token : TestLanguage.bytes("<think>a</think><tool_call>b</tool_call>")) {
            assertThat(writer.accept(token)).isFalse();
        }
        writer.end();
        assertThat(writer.content().text()).isEqualTo("<think>a</think><tool_call>b</tool_call>");
        assertThat(writer.called()).isFalse();
    }

    @Test
    void callsAreReadByTokenAndHaveIds() {
        Reply.Content content = read(TOOLS, "", List.of(), """
            看一下。
            <tool_call>
            {"name": "price", "arguments": {"fruit": "苹果"}}
            </tool_call>
            <tool_call>
            {"name": "price", "arguments": {"fruit": "</tool"}}
            </tool_call>\
            """);
        assertThat(content.text()).isEqualTo("看一下。");
        assertThat(content.toolCalls())
                .containsExactly(
                        ToolCall.of("price", Map.of("fruit", "苹果")).withId("call_0"),
                        ToolCall.of("price", Map.of("fruit", "</tool")).withId("call_1"));
    }

    @Test
    void withoutToolsACallIsText() {
        Reply.Content content = read(Calling.OFF, "", List.of(), "<tool_call>x</tool_call>");
        assertThat(content.text()).isEqualTo("<tool_call>x</tool_call>");
        assertThat(content.toolCalls()).isEmpty();
    }

    @Test
    void lineFeedsBeforeNoCallBelongToTheText() {
        assertThat(read(TOOLS, "", List.of(), "\na\n\n\nb\n\n").text()).isEqualTo("\na\n\n\nb\n\n");
    }

    @Test
    void stopStringsAreLookedForInTheAnswerOnly() {
        String reply = "<think>END</think>\n\na END b";
        assertThat(read(Calling.OFF, "", List.of("END"), reply).text()).isEqualTo("a ");
    }

    @Test
    void theBeginningOfAStopStringBeforeACallIsText() {
        String reply = "a EN<tool_call>{\"name\": \"price\", \"arguments\": {}}</tool_call>";
        assertThat(read(TOOLS, "", List.of("END"), reply).text()).isEqualTo("a EN");
    }

    @Test
    void aCallThatWasCutOffIsLeftOut() {
        Reply.Content content = read(TOOLS, "", List.of(), "a\n<tool_call>\n{\"name\": \"pr");
        assertThat(content.text()).isEqualTo("a");
        assertThat(content.toolCalls()).isEmpty();
    }

    @Test
    void aCallThatIsNoJsonIsATypedError() {
        assertThatThrownBy(() -> read(TOOLS, "", List.of(), "<tool_call>{\"name\": </tool_call>"))
                .isInstanceOf(DemitasseException.class)
                .hasMessageContaining("no JSON");
        assertThatThrownBy(() -> read(TOOLS, "", List.of(), "<tool_call>{\"name\": \"price\"}</tool_call>"))
                .isInstanceOf(DemitasseException.class)
                .hasMessageContaining("without arguments");
    }

    private static final class NoTurn implements Turn {
        @Override
        public void start(TurnOutput output) {}

        @Override
        public void cancel() {}

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void wake() {}

        @Override
        public void end(Outcome outcome) {}

        @Override
        public void rollBack() {}
    }
}
