package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.ChatTemplate;
import dev.demitasse.chat.ModelBusyException;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.guide.ToolsGuideTest.Shop;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of testing.md. */
@Timeout(60)
class TestingGuideTest {
    @Test
    void replies() {
        try (var model = ScriptedModel.replying("Hello!").thenReplies("Goodbye!");
                var chat = model.chat()) {
            assertThat(chat.ask("Hi")).isEqualTo("Hello!");
            assertThat(chat.ask("Bye")).isEqualTo("Goodbye!");
        }
    }

    @Test
    void tools() {
        try (var model = ScriptedModel.replying()
                        .thenCalls("price", Map.of("fruit", "apple"))
                        .thenReplies("Two euros.");
                var chat = model.newChat().tools(new Shop()).start()) {
            Reply reply = chat.send("How much are four apples?").await();
            assertThat(reply.toolRuns().getFirst().result()).isEqualTo("0.5");
            assertThat(model.prompts().getLast()).contains("<tool_response>\n0.5\n</tool_response>");
        }
    }

    @Test
    void failuresDelaysAndReasoning() {
        var model = ScriptedModel.withTemplate(ChatTemplate.qwen3())
                .failing(new ModelBusyException("too many turns"))
                .thenThinks("The user is in a hurry.", "Yes.")
                .delaying(Duration.ofMillis(1));
        try (model;
                var chat = model.chat()) {
            assertThatThrownBy(() -> chat.ask("Now?")).isInstanceOf(ModelBusyException.class);
            assertThat(chat.send("Now?").await().thinking()).isEqualTo("The user is in a hurry.");
        }
    }
}
