package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageTest {
    @Test
    void messagesAreValues() {
        assertThat(Message.user("a")).isEqualTo(Message.user("a")).hasSameHashCodeAs(Message.user("a"));
        assertThat(Message.user("a")).isNotEqualTo(Message.assistant("a"));
        assertThat(Message.assistant("a").withThinking("b")).isNotEqualTo(Message.assistant("a"));
    }

    @Test
    void argumentsAreCopiedWhenACallIsMade() {
        Map<String, Object> arguments = new HashMap<>(Map.of("x", new ArrayList<>(List.of(1))));
        ToolCall call = ToolCall.of("f", arguments);
        arguments.clear();
        assertThat(call.arguments()).isEqualTo(Map.of("x", List.of(1)));
        assertThat(call.argumentsJson()).isEqualTo("{\"x\": [1]}");
        assertThatThrownBy(() -> call.arguments().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void argumentsThatAreNoObjectAreRefusedOnlyWhenTheyAreReadAsOne() {
        ToolCall call = ToolCall.ofJson(null, "f", "[1]");
        assertThat(call.argumentsJson()).isEqualTo("[1]");
        assertThatThrownBy(call::arguments)
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("arguments of the call to f");
    }

    @Test
    void descriptionsDoNotRepeatWhatPeopleWrote() {
        Message message = Message.assistant("secret", List.of(ToolCall.of("f", Map.of("x", "secret"))))
                .withThinking("secret");
        assertThat(message.toString()).isEqualTo("assistant message of 6 characters and 1 tool calls");
        assertThat(message.toolCalls().getFirst().toString()).isEqualTo("call of f");
        assertThat(TemplateInput.of(List.of(message)).toString()).doesNotContain("secret");
    }
}
