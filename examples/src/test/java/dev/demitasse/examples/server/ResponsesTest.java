package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputMessage;
import com.openai.models.responses.ResponseOutputText;
import com.openai.models.responses.ResponseStatus;
import dev.demitasse.chat.ChatTemplate;
import dev.demitasse.chat.testing.ScriptedModel;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code /v1/responses}, field by field and by OpenAI's own client. */
class ResponsesTest {
    private static final String PATH = "/v1/responses";
    private static final String POEM = "写一首关于月亮的诗";
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new ServerSettings());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static OpenAIClient client(TestServer asked) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(asked.uri("/v1").toString())
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    private static JsonNode respond(TestServer asked, String fields) throws Exception {
        HttpResponse<String> response = asked.post(PATH, "{" + fields + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return TestServer.json(response.body());
    }

    /** The events of a stream, whose names must be their types and whose numbers must count up. */
    private static List<JsonNode> stream(TestServer asked, String fields) throws Exception {
        HttpResponse<String> response = asked.post(PATH, "{\"stream\":true," + fields + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).doesNotContain("[DONE]");
        String[] blocks = response.body().split("\n\n", -1);
        assertThat(blocks[blocks.length - 1]).isEmpty();
        List<JsonNode> events = new ArrayList<>();
        for (String event : List.of(blocks).subList(0, blocks.length - 1)) {
            String[] lines = event.split("\n", -1);
            assertThat(lines).hasSize(2);
            JsonNode data = TestServer.json(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + data.get("type").stringValue());
            assertThat(data.get("sequence_number").intValue()).isEqualTo(events.size());
            events.add(data);
        }
        return events;
    }

    private static String text(JsonNode response) {
        return response.at("/output/0/content/0/text").stringValue();
    }

    private static String joined(List<JsonNode> events, String type) {
        return events.stream()
                .filter(event -> event.get("type").stringValue().equals(type))
                .map(event -> event.get("delta").stringValue())
                .collect(Collectors.joining());
    }

    @Test
    void aTextIsAnsweredAsAChatAnswersIt() throws Exception {
        JsonNode response = respond(server, "\"input\":\"" + POEM + "\",\"temperature\":0,\"metadata\":{\"a\":\"b\"}");
        JsonNode chat =
                server.complete("{\"messages\":[{\"role\":\"user\",\"content\":\"" + POEM + "\"}],\"temperature\":0}");
        assertThat(text(response))
                .isEqualTo(chat.at("/choices/0/message/content").stringValue())
                .isNotBlank();
        assertThat(response.get("object").stringValue()).isEqualTo("response");
        assertThat(response.get("status").stringValue()).isEqualTo("completed");
        assertThat(response.get("store").booleanValue()).isFalse();
        assertThat(response.at("/metadata/a").stringValue()).isEqualTo("b");
        assertThat(response.at("/usage/input_tokens")).isEqualTo(chat.at("/usage/prompt_tokens"));
        assertThat(response.at("/usage/output_tokens")).isEqualTo(chat.at("/usage/completion_tokens"));
    }

    @Test
    void aStreamTellsWhatTheWholeComesTo() throws Exception {
        String fields = "\"input\":\"" + POEM + "\",\"temperature\":0";
        List<JsonNode> events = stream(server, fields);
        assertThat(events.stream().map(event -> event.get("type").stringValue()).distinct())
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        JsonNode last = events.getLast().get("response");
        assertThat(joined(events, "response.output_text.delta"))
                .isEqualTo(text(last))
                .isEqualTo(text(respond(server, fields)));
        assertThat(last.get("id")).isEqualTo(events.getFirst().at("/response/id"));
    }

    @Test
    void aLimitLeavesAResponseIncomplete() throws Exception {
        JsonNode response = respond(server, "\"input\":\"" + POEM + "\",\"max_output_tokens\":4");
        assertThat(response.get("status").stringValue()).isEqualTo("incomplete");
        assertThat(response.at("/incomplete_details/reason").stringValue()).isEqualTo("max_output_tokens");
        assertThat(response.at("/usage/output_tokens").intValue()).isEqualTo(4);
        assertThat(stream(server, "\"input\":\"" + POEM + "\",\"max_output_tokens\":4")
                        .getLast()
                        .get("type")
                        .stringValue())
                .isEqualTo("response.incomplete");
    }

    @Test
    void reasoningIsAnItemOfItsOwn() throws Exception {
        ScriptedModel model = ScriptedModel.withTemplate(ChatTemplate.qwen3())
                .thenThinks("想一想", "好")
                .thenThinks("想一想", "好")
                .thenReplies("好");
        try (TestServer scripted = new TestServer(new ServerSettings(), model)) {
            List<JsonNode> events = stream(scripted, "\"input\":\"x\"");
            assertThat(joined(events, "response.reasoning_text.delta")).isEqualTo("想一想");
            assertThat(joined(events, "response.output_text.delta")).isEqualTo("好");
            JsonNode output = respond(scripted, "\"input\":\"x\"").get("output");
            assertThat(output).hasSize(2);
            assertThat(output.at("/0/type").stringValue()).isEqualTo("reasoning");
            assertThat(output.at("/0/content/0/text").stringValue()).isEqualTo("想一想");
            assertThat(output.at("/1/content/0/text").stringValue()).isEqualTo("好");
            respond(scripted, "\"input\":\"x\",\"reasoning\":{\"effort\":\"none\"}");
            assertThat(model.prompts().getLast()).endsWith("<think>\n\n</think>\n\n");
        }
    }

    @Test
    void aConversationOfItemsIsWhatTheModelReads() throws Exception {
        ScriptedModel model = ScriptedModel.replying("三元。");
        try (TestServer scripted = new TestServer(new ServerSettings(), model)) {
            respond(scripted, """
                "instructions":"简短。","input":[
                {"role":"user","content":[{"type":"input_text","text":"苹果"},{"type":"input_text","text":"多少钱？"}]},
                {"type":"reasoning","id":"rs_1","summary":[]},
                {"type":"message","role":"assistant","content":[{"type":"output_text","text":"看一下。"}]},
                {"type":"function_call","call_id":"c1","name":"price","arguments":"{\\"fruit\\": \\"苹果\\"}"},
                {"type":"function_call_output","call_id":"c1","output":"3 元"}]\
                """);
            assertThat(model.prompts().getFirst()).isEqualTo("""
                <|im_start|>system
                简短。<|im_end|>
                <|im_start|>user
                苹果多少钱？<|im_end|>
                <|im_start|>assistant
                看一下。
                <tool_call>
                {"name": "price", "arguments": {"fruit": "苹果"}}
                </tool_call><|im_end|>
                <|im_start|>user
                <tool_response>
                3 元
                </tool_response><|im_end|>
                <|im_start|>assistant
                """);
        }
    }

    @Test
    void logprobsComeWithTheirText() throws Exception {
        String fields = "\"input\":\"" + POEM
                + "\",\"temperature\":0,\"include\":[\"message.output_text.logprobs\"],\"top_logprobs\":2";
        JsonNode whole = respond(server, fields).at("/output/0/content/0");
        assertThat(TestServer.text(whole.get("logprobs")))
                .isEqualTo(whole.get("text").stringValue());
        assertThat(whole.at("/logprobs/0/top_logprobs")).hasSize(2);
        for (JsonNode event : stream(server, fields)) {
            if (event.get("type").stringValue().equals("response.output_text.delta")) {
                assertThat(TestServer.text(event.get("logprobs")))
                        .isEqualTo(event.get("delta").stringValue());
            }
        }
    }

    @Test
    void aSchemaIsObeyed() throws Exception {
        String schema = "{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"}},\"required\":[\"ok\"]}";
        JsonNode response = respond(
                server,
                "\"input\":\"x\",\"max_output_tokens\":40,\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\","
                    + "\"schema\":" + schema + "}}");
        assertThat(TestServer.json(text(response)).get("ok").isBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "input                | \"model\":\"any\"",
                "input                | \"input\":[]",
                "input                | \"input\":7",
                "input[0]             | \"input\":[7]",
                "input[0].type        | \"input\":[{\"type\":\"computer_call\"}]",
                "input[0].role        | \"input\":[{\"content\":\"x\"}]",
                "input[0].role        | \"input\":[{\"role\":\"robot\",\"content\":\"x\"}]",
                "input[0].content     | \"input\":[{\"role\":\"user\"}]",
                "input[0].content     | \"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]",
                "input[0].call_id     | \"input\":[{\"type\":\"function_call_output\",\"output\":\"x\"}]",
                "previous_response_id | \"input\":\"x\",\"previous_response_id\":\"resp_1\"",
                "conversation         | \"input\":\"x\",\"conversation\":\"c\"",
                "background           | \"input\":\"x\",\"background\":true",
                "truncation           | \"input\":\"x\",\"truncation\":\"auto\"",
                "tools[0]             | \"input\":\"x\",\"tools\":[{\"type\":\"web_search\"}]",
                "tools[0]             | \"input\":\"x\",\"tools\":[{\"type\":\"function\"}]",
                "max_output_tokens    | \"input\":\"x\",\"max_output_tokens\":0",
                "text.format.type     | \"input\":\"x\",\"text\":{\"format\":{\"type\":\"xml\"}}",
                "text.format.schema   | \"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_schema\"}}",
            })
    void aBadFieldIsRefusedByName(String field, String fields) throws Exception {
        HttpResponse<String> response = server.post(PATH, "{" + fields + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response.body()).at("/error/param").stringValue())
                .isEqualTo(field);
    }

    @Test
    void openAisClientReadsAResponseWithoutAnUnknownOrMissingField() {
        OpenAIClient client = client(server);
        Response response = client.responses()
                .create(ResponseCreateParams.builder()
                        .model("any")
                        .instructions("你是诗人")
                        .input(POEM)
                        .build())
                .validate();
        assertThat(response.status()).contains(ResponseStatus.COMPLETED);
        assertThat(said(response)).isNotBlank();
        assertThat(response.usage().orElseThrow().outputTokens()).isPositive();
        client.close();
    }

    @Test
    void openAisClientPutsAStreamTogether() {
        OpenAIClient client = client(server);
        ResponseAccumulator accumulator = ResponseAccumulator.create();
        try (var stream = client.responses()
                .createStreaming(
                        ResponseCreateParams.builder().model("any").input(POEM).build())) {
            stream.stream().peek(event -> event.validate()).forEach(accumulator::accumulate);
        }
        assertThat(said(accumulator.response())).isNotBlank();
        client.close();
    }

    @Test
    void openAisClientRunsATool() {
        ScriptedModel model = ScriptedModel.replying()
                .thenCalls("price", Map.of("fruit", "苹果"))
                .thenReplies("三元。");
        try (TestServer scripted = new TestServer(new ServerSettings(), model)) {
            OpenAIClient client = client(scripted);
            FunctionTool price = FunctionTool.builder()
                    .name("price")
                    .description("Price of a fruit")
                    .parameters(FunctionTool.Parameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty(
                                    "properties", JsonValue.from(Map.of("fruit", Map.of("type", "string"))))
                            .build())
                    .strict(true)
                    .build();
            List<ResponseInputItem> input = new ArrayList<>();
            input.add(ResponseInputItem.ofMessage(ResponseInputItem.Message.builder()
                    .role(ResponseInputItem.Message.Role.USER)
                    .addInputTextContent("苹果多少钱？")
                    .build()));
            ResponseAccumulator accumulator = ResponseAccumulator.create();
            try (var stream = client.responses()
                    .createStreaming(ResponseCreateParams.builder()
                            .model("any")
                            .inputOfResponse(input)
                            .addTool(price)
                            .build())) {
                stream.stream().forEach(accumulator::accumulate);
            }
            ResponseFunctionToolCall call =
                    accumulator.response().output().getFirst().asFunctionCall();
            assertThat(call.name()).isEqualTo("price");
            assertThat(call.arguments()).contains("苹果");
            input.add(ResponseInputItem.ofFunctionCall(call));
            input.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                    .callId(call.callId())
                    .output("3 元")
                    .build()));
            Response answer = client.responses()
                    .create(ResponseCreateParams.builder()
                            .model("any")
                            .inputOfResponse(input)
                            .addTool(price)
                            .build());
            assertThat(said(answer)).isEqualTo("三元。");
            assertThat(model.prompts().getLast()).contains("<tool_response>\n3 元\n</tool_response>");
            client.close();
        }
    }

    private static String said(Response response) {
        return response.output().stream()
                .flatMap(item -> item.message().stream())
                .map(ResponseOutputMessage::content)
                .flatMap(List::stream)
                .flatMap(content -> content.outputText().stream())
                .map(ResponseOutputText::text)
                .collect(Collectors.joining());
    }
}
