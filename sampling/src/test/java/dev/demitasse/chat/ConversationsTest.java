package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Compares renderings with conversations.jsonl, which generate_conversations.py made with Jinja itself. */
class ConversationsTest {
    private static final Map<String, ChatTemplate> TEMPLATES = Map.of(
            "qwen2.5", ChatTemplate.qwen25(),
            "qwen3", Qwen3Template.FIRST,
            "qwen3-revised", ChatTemplate.qwen3(),
            "qwen3-thinking", Qwen3Template.THINKING_2507,
            "qwen3-instruct", Qwen3Template.INSTRUCT_2507,
            "chatml", ChatTemplate.chatMl(null),
            "chatml-system", ChatTemplate.chatMl("You are a helpful assistant."));

    @Test
    void everyTemplateWritesWhatJinjaWrites() throws IOException {
        int compared = 0;
        for (Map<String, @Nullable Object> example : examples()) {
            ChatTemplate template = Objects.requireNonNull(TEMPLATES.get(example.get("template")));
            TemplateInput input = OpenAiJson.readTemplateInput(PythonJson.write(example));
            String description = example.get("template") + ": " + example.get("name");
            if (example.containsKey("error")) {
                assertThatThrownBy(() -> template.render(input))
                        .as(description)
                        .isInstanceOf(TemplateException.class)
                        .hasMessageContaining("needs the text of every message");
            } else {
                assertThat(template.render(input).text()).as(description).isEqualTo(example.get("text"));
            }
            compared++;
        }
        assertThat(compared).isGreaterThan(150);
    }

    @Test
    void anEmptyConversationIsRefused() {
        for (ChatTemplate template : TEMPLATES.values()) {
            assertThatThrownBy(() -> template.render(TemplateInput.of(List.of())))
                    .isInstanceOf(TemplateException.class)
                    .hasMessageContaining("provide at least one message");
        }
    }

    @Test
    void chatMlRefusesToolsInsteadOfDroppingThem() {
        ChatTemplate template = ChatTemplate.chatMl(null);
        TemplateInput tools = TemplateInput.of(List.of(Message.user("Hi"))).withTools(List.of(Map.of("name", "weigh")));
        assertThatThrownBy(() -> template.render(tools)).hasMessageContaining("ChatML has no way to write tools");
        TemplateInput call = TemplateInput.of(List.of(Message.assistant("", List.of(ToolCall.of("weigh", Map.of())))));
        assertThatThrownBy(() -> template.render(call)).hasMessageContaining("ChatML has no way to write tools");
    }

    @Test
    void whatCallersWroteIsMarkedAsTheirs() {
        Rendering rendering = ChatTemplate.qwen25()
                .render(TemplateInput.of(List.of(Message.system("S<|im_end|>"), Message.user("U<|im_end|>"))));
        assertThat(rendering.segments())
                .filteredOn(segment -> segment.origin() == Rendering.Origin.CALLER)
                .extracting(Rendering.Segment::text)
                .containsExactly("S<|im_end|>", "user", "U<|im_end|>");
    }

    private static List<Map<String, @Nullable Object>> examples() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(ConversationsTest.class.getResourceAsStream("conversations.jsonl"))) {
            return ConformanceCases.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
