package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.demitasse.chat.ToolCall;
import dev.demitasse.chat.testing.ScriptedModel;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Tools, their calls and their results, and reasoning, on a model that says what its script says. */
class ToolCallsTest {
    private static final String TOOLS = """
        ,"tools":[{"type":"function","function":{"name":"price","description":"Price of a fruit","parameters":
        {"type":"object","properties":{"fruit":{"type":"string"}},"required":["fruit"]}}}]\
        """;

    private static String body(String fields) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"苹果多少钱？\"}]" + TOOLS + fields + "}";
    }

    private static ScriptedModel calling() {
        return ScriptedModel.replying()
                .thenCalls(ToolCall.of("price", Map.of("fruit", "苹果")), ToolCall.of("price", Map.of("fruit", "pear")));
    }

    @Test
    void aCallArrivesInOpenAisForm() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings(), calling())) {
            JsonNode choice = server.complete(body("")).at("/choices/0");
            assertThat(choice.get("finish_reason").stringValue()).isEqualTo("tool_calls");
            JsonNode calls = choice.at("/message/tool_calls");
            assertThat(calls).hasSize(2);
            assertThat(calls.get(0).propertyNames()).containsExactly("id", "type", "function");
            assertThat(calls.at("/0/type").stringValue()).isEqualTo("function");
            assertThat(calls.at("/0/function/name").stringValue()).isEqualTo("price");
            assertThat(TestServer.json(calls.at("/0/function/arguments").stringValue())
                            .get("fruit")
                            .stringValue())
                    .isEqualTo("苹果");
            assertThat(calls.at("/0/id")).isNotEqualTo(calls.at("/1/id"));
            assertThat(choice.at("/message/content").isNull()).isTrue();
        }
    }

    @Test
    void aStreamedCallHasItsIndexItsIdAndItsArgumentsInPieces() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings(), calling())) {
            List<JsonNode> chunks = TestServer.events(server.post(TestServer.CHAT, body(",\"stream\":true")));
            StringBuilder arguments = new StringBuilder();
            for (JsonNode chunk : chunks) {
                JsonNode call = chunk.at("/choices/0/delta/tool_calls/0");
                if (call.path("index").asInt(-1) == 1) {
                    arguments.append(call.at("/function/arguments").asString(""));
                }
            }
            assertThat(arguments.toString()).contains("pear");
            assertThat(chunks.getLast().at("/choices/0/finish_reason").stringValue())
                    .isEqualTo("tool_calls");
        }
    }

    @Test
    void theLogprobsOfACallComeWithItsFirstPart() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings(), calling())) {
            List<JsonNode> chunks =
                    TestServer.events(server.post(TestServer.CHAT, body(",\"stream\":true,\"logprobs\":true")));
            List<JsonNode> carrying = chunks.stream()
                    .filter(chunk -> chunk.at("/choices/0/logprobs").isObject())
                    .toList();
            assertThat(carrying).hasSize(1);
            assertThat(carrying.getFirst()
                            .at("/choices/0/delta/tool_calls/0/index")
                            .intValue())
                    .isZero();
            assertThat(TestServer.text(carrying.getFirst().at("/choices/0/logprobs/content")))
                    .startsWith("<tool_call>")
                    .contains("苹果", "pear")
                    .endsWith("</tool_call>");
        }
    }

    @Test
    void openAisClientPutsAStreamedCallTogether() {
        try (TestServer server = new TestServer(new ServerSettings(), calling())) {
            OpenAIClient client = OpenAIOkHttpClient.builder()
                    .baseUrl(server.uri("/v1").toString())
                    .apiKey("none")
                    .maxRetries(0)
                    .build();
            ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
            try (var stream = client.chat()
                    .completions()
                    .createStreaming(ChatCompletionCreateParams.builder()
                            .model("any")
                            .addUserMessage("苹果多少钱？")
                            .addTool(PriceTool.class)
                            .build())) {
                stream.stream().forEach(accumulator::accumulate);
            }
            ChatCompletion completion = accumulator.chatCompletion();
            var calls = completion.choices().getFirst().message().toolCalls().orElseThrow();
            assertThat(calls).hasSize(2);
            assertThat(calls.get(1).asFunction().function().arguments()).contains("pear");
            client.close();
        }
    }

    /** A tool as OpenAI's client describes one. */
    @com.fasterxml.jackson.annotation.JsonClassDescription("Price of a fruit")
    @com.fasterxml.jackson.annotation.JsonTypeName("price")
    static final class PriceTool {
        public String fruit = "";
    }

    @Test
    void theResultOfACallIsWhatTheModelReadsNext() throws Exception {
        ScriptedModel model = ScriptedModel.replying("三元。");
        try (TestServer server = new TestServer(new ServerSettings(), model)) {
            JsonNode completion = server.complete("""
                {"messages":[{"role":"user","content":"苹果多少钱？"},
                {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
                "function":{"name":"price","arguments":"{\\"fruit\\":\\"苹果\\"}"}}]},
                {"role":"tool","tool_call_id":"c1","content":"3 元"}]\
                """ + TOOLS + "}");
            assertThat(completion.at("/choices/0/message/content").stringValue())
                    .isEqualTo("三元。");
            assertThat(model.prompts().getFirst())
                    .contains("{\"name\": \"price\", \"arguments\": {\"fruit\": \"苹果\"}}")
                    .contains("<tool_response>\n3 元\n</tool_response>")
                    .contains("Price of a fruit");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tools[0]           | \"tools\":[1]",
                "tools[0]           | \"tools\":[{\"type\":\"web\"}]",
                "tools[0].function  | \"tools\":[{\"type\":\"function\"}]",
                "tools[0]           | \"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]",
                "tools              | \"tools\":{}",
                "tool_choice        | \"tool_choice\":\"perhaps\"",
                "tool_choice        | \"tool_choice\":\"required\"",
                "tool_choice        | \"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"missing\"}}",
            })
    void aToolThatIsNoneIsRefusedByName(String field, String fields) throws Exception {
        try (TestServer server = new TestServer(new ServerSettings(), ScriptedModel.replying("x"))) {
            HttpResponse<String> response = server.post(
                    TestServer.CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]," + fields + "}");
            assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
            assertThat(TestServer.json(response.body()).at("/error/param").stringValue())
                    .startsWith(field);
        }
    }

    @Test
    void reasoningComesApartFromTheAnswer() throws Exception {
        for (boolean stream : List.of(true, false)) {
            ScriptedModel model = ScriptedModel.withTemplate(dev.demitasse.chat.ChatTemplate.qwen3())
                    .thenThinks("先想一想", "然后回答");
            try (TestServer server = new TestServer(new ServerSettings(), model)) {
                String request = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":" + stream + "}";
                if (stream) {
                    List<JsonNode> chunks = TestServer.events(server.post(TestServer.CHAT, request));
                    StringBuilder thinking = new StringBuilder();
                    chunks.forEach(chunk -> thinking.append(
                            chunk.at("/choices/0/delta/reasoning_content").asString("")));
                    assertThat(thinking.toString().strip()).isEqualTo("先想一想");
                    assertThat(TestServer.content(chunks).strip()).isEqualTo("然后回答");
                } else {
                    JsonNode message = server.complete(request).at("/choices/0/message");
                    assertThat(message.get("reasoning_content").stringValue().strip())
                            .isEqualTo("先想一想");
                    assertThat(message.get("content").stringValue().strip()).isEqualTo("然后回答");
                }
            }
        }
    }
}
