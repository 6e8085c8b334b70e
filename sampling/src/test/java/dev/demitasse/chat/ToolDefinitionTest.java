package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ToolDefinitionTest {
    private static final String SCHEMA = "{\"type\": \"object\", \"properties\": {\"城市\": {\"type\": \"string\"}}}";
    private static final ToolDefinition WEATHER = ToolDefinition.of("weather", "今天的天气", SCHEMA);

    @Test
    void aSchemaAsTextAndAsValuesIsTheSame() {
        Map<String, Object> schema = Map.of("type", "object", "properties", Map.of("城市", Map.of("type", "string")));
        assertThat(ToolDefinition.of("weather", "今天的天气", schema))
                .isEqualTo(WEATHER)
                .hasSameHashCodeAs(WEATHER);
        assertThat(WEATHER.parametersJson()).isEqualTo(SCHEMA);
    }

    @Test
    void whatIsNoToolIsRefused() {
        assertThatThrownBy(() -> ToolDefinition.of("a\"b", "", SCHEMA)).hasMessageContaining("letters, digits");
        assertThatThrownBy(() -> ToolDefinition.of("a", "", "[1]")).hasMessageContaining("is an object");
        assertThatThrownBy(() -> ToolDefinition.of("a", "", "{")).hasMessageContaining("tool a: not JSON");
        assertThatThrownBy(() -> ToolDefinition.of("a", "", "{\"type\": \"array\"}"))
                .hasMessageContaining("found type \"array\"");
    }

    @Test
    void aRequestWritesItsToolsIntoThePrompt() {
        ChatRequest request =
                ChatRequest.builder().user("下雨吗？").tools(List.of(WEATHER)).build();
        assertThat(ChatTemplate.qwen25().render(request.templateInput()).text())
                .contains("\n{\"type\": \"function\", \"function\": {\"name\": \"weather\", \"description\": \"今天的天气\","
                        + " \"parameters\": " + SCHEMA + "}}\n</tools>");
    }

    @Test
    void aChoiceThatCannotBeMetIsRefused() {
        ChatRequest.Builder request = ChatRequest.builder().user("x").toolChoice(ToolChoice.REQUIRED);
        assertThatThrownBy(request::build).hasMessageContaining("there are no tools");
        request.tools(List.of(WEATHER)).build();
        assertThatThrownBy(() -> request.toolChoice(ToolChoice.named("wether")).build())
                .hasMessage("toolChoice names wether; the tools are [weather]");
        assertThatThrownBy(() -> request.tools(List.of(WEATHER, WEATHER))).hasMessageContaining("two tools are named");
    }
}
