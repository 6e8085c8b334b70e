package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpenAiJsonTest {
    @Test
    void aRequestBecomesMessagesToolsAndSwitches() {
        TemplateInput input = OpenAiJson.readTemplateInput("""
            {"messages": [
               {"role": "system", "content": "S"},
               {"role": "user", "content": "U", "name": "bob"},
               {"role": "assistant", "content": null, "reasoning_content": "R", "tool_calls": [
                 {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}},
                 {"name": "g", "arguments": "{\\"y\\": 2}"}]},
               {"role": "tool", "tool_call_id": "c1", "content": "T"}],
             "tools": [{"name": "f"}], "add_generation_prompt": true, "enable_thinking": false}\
            """);
        Message call = Message.of(Role.ASSISTANT, null)
                .withThinking("R")
                .withToolCalls(List.of(
                        ToolCall.of("f", Map.of("x", 1)).withId("c1"), ToolCall.ofJson(null, "g", "{\"y\": 2}")));
        assertThat(input)
                .isEqualTo(TemplateInput.of(
                                List.of(Message.system("S"), Message.user("U"), call, Message.toolResult("c1", "T")))
                        .withTools(List.of(Map.of("name", "f")))
                        .withThinking(TemplateInput.Thinking.OFF));
        assertThat(input.messages().get(2).toolCalls().get(1).arguments()).isEqualTo(Map.of("y", 2));
    }

    @Test
    void switchesThatAreMissingTakeTheirDefaults() {
        TemplateInput input = OpenAiJson.readTemplateInput(
                "{\"messages\": [{\"role\": \"user\", \"content\": \"U\"}], \"tools\": null}");
        assertThat(input.generationPrompt()).isFalse();
        assertThat(input.thinking()).isEqualTo(TemplateInput.Thinking.DEFAULT);
        assertThat(input.tools()).isEmpty();
        assertThat(OpenAiJson.readMessages("[{\"role\": \"user\", \"content\": \"U\"}]"))
                .containsExactly(Message.user("U"));
    }

    @Test
    void whatIsNotSuchARequestIsRefusedWithThePlace() {
        assertRefused("[]", "the request is a list; expected an object");
        assertRefused("{}", "messages: found missing or null, expected a list");
        assertRefused("{\"messages\": [1]}", "message 0 is a number; expected an object");
        assertRefused("{\"messages\": [{\"content\": \"x\"}]}", "message 0 has no role");
        assertRefused(
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]}",
                "content of message 0 is a list; expected text");
        assertRefused(
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"arguments\": {}}}]}]}",
                "tool call 0 of message 0 has no name");
        assertRefused(
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"name\": \"f\"}]}]}", "has no arguments");
        assertRefused("{\"messages\": [], \"enable_thinking\": 1}", "enable_thinking is a number");
        assertRefused("{\"messages\": [], \"tools\": {}}", "tools: found an object, expected a list");
        assertRefused("{\"messages\": ", "not JSON");
    }

    private static void assertRefused(String json, String message) {
        assertThatThrownBy(() -> OpenAiJson.readTemplateInput(json))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(message);
    }
}
