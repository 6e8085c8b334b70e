package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.ChatTemplate;
import dev.demitasse.chat.testing.ScriptedModel;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Ollama's interface, as far as it goes here. */
class OllamaApiTest {
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"写一首关于月亮的诗\"}]";
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new ServerSettings());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aChatIsStreamedInLinesUnlessToldOtherwise() throws Exception {
        String options = ",\"options\":{\"seed\":3,\"temperature\":0.7}}";
        HttpResponse<String> response = server.post("/api/chat", "{\"model\":\"any\"," + MESSAGES + options);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        List<JsonNode> lines = response.body().lines().map(TestServer::json).toList();
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line.at("/message/content").stringValue()));
        assertThat(lines.subList(0, lines.size() - 1))
                .allMatch(line -> !line.get("done").booleanValue());
        JsonNode last = lines.getLast();
        assertThat(last.get("done").booleanValue()).isTrue();
        assertThat(last.get("done_reason").stringValue()).isEqualTo("stop");
        assertThat(last.get("eval_count").intValue()).isGreaterThan(20);
        JsonNode whole = TestServer.json(server.post("/api/chat", "{\"stream\":false," + MESSAGES + options)
                .body());
        assertThat(whole.at("/message/content").stringValue())
                .isEqualTo(text.toString())
                .isNotBlank();
    }

    @Test
    void aLimitOfTokensIsObeyedAndSaid() throws Exception {
        JsonNode reply = TestServer.json(
                server.post("/api/chat", "{\"stream\":false," + MESSAGES + ",\"options\":{\"num_predict\":4}}")
                        .body());
        assertThat(reply.get("done_reason").stringValue()).isEqualTo("length");
        assertThat(reply.get("eval_count").intValue()).isEqualTo(4);
    }

    @Test
    void aFormatIsObeyed() throws Exception {
        String schema = "{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"}},\"required\":[\"ok\"]}";
        for (String format : List.of("\"json\"", schema)) {
            JsonNode reply = TestServer.json(server.post(
                            "/api/chat",
                            "{\"stream\":false," + MESSAGES + ",\"options\":{\"num_predict\":40},\"format\":" + format
                                    + "}")
                    .body());
            assertThat(TestServer.json(reply.at("/message/content").stringValue())
                            .isObject())
                    .isTrue();
        }
    }

    private static List<JsonNode> lines(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<JsonNode> lines = response.body().lines().map(TestServer::json).toList();
        assertThat(lines.subList(0, lines.size() - 1))
                .noneMatch(line -> line.get("done").booleanValue());
        assertThat(lines.getLast().get("done").booleanValue()).isTrue();
        return lines;
    }

    private static String joined(List<JsonNode> lines, String pointer) {
        return lines.stream().map(line -> line.at(pointer).asString("")).collect(Collectors.joining());
    }

    @Test
    void aQuestionIsAnsweredLikeAChat() throws Exception {
        String options = ",\"options\":{\"temperature\":0}}";
        String chat = TestServer.json(server.post("/api/chat", "{\"stream\":false," + MESSAGES + options)
                        .body())
                .at("/message/content")
                .stringValue();
        String question = "\"prompt\":\"写一首关于月亮的诗\"" + options;
        JsonNode whole = TestServer.json(
                server.post("/api/generate", "{\"stream\":false," + question).body());
        assertThat(whole.get("response").stringValue()).isEqualTo(chat).isNotBlank();
        assertThat(whole.get("done_reason").stringValue()).isEqualTo("stop");
        assertThat(whole.get("prompt_eval_count").intValue()).isPositive();
        List<JsonNode> lines = lines(server.post("/api/generate", "{" + question));
        assertThat(joined(lines, "/response")).isEqualTo(chat);
        assertThat(lines.getLast().get("response").stringValue()).isEmpty();
    }

    @Test
    void aSystemMessageComesFirstAndARawPromptIsReadAsItIs() throws Exception {
        ScriptedModel model = ScriptedModel.replying("月");
        try (TestServer scripted = new TestServer(new ServerSettings(), model)) {
            lines(scripted.post("/api/generate", "{\"system\":\"你是诗人\",\"prompt\":\"写诗\"}"));
            assertThat(model.prompts().getLast()).contains("<|im_start|>system\n你是诗人<|im_end|>", "写诗");
            String raw = "<|im_start|>user\\n写";
            List<JsonNode> lines = lines(scripted.post("/api/generate", "{\"raw\":true,\"prompt\":\"" + raw + "\"}"));
            assertThat(joined(lines, "/response")).isEqualTo("月");
            assertThat(model.prompts().getLast()).isEqualTo("<|im_start|>user\n写");
            assertThat(lines.getLast().get("prompt_eval_count").intValue()).isEqualTo(1 + 5 + 3);
        }
    }

    @Test
    void reasoningIsApartFromTheAnswer() throws Exception {
        ScriptedModel model = ScriptedModel.withTemplate(ChatTemplate.qwen3())
                .thenThinks("想一想", "好")
                .thenThinks("想一想", "好")
                .thenThinks("想", "好");
        try (TestServer scripted = new TestServer(new ServerSettings(), model)) {
            List<JsonNode> lines = lines(scripted.post("/api/chat", "{\"think\":true," + MESSAGES + "}"));
            assertThat(joined(lines, "/message/thinking")).isEqualTo("想一想");
            assertThat(joined(lines, "/message/content")).isEqualTo("好");
            JsonNode whole =
                    TestServer.json(scripted.post("/api/chat", "{\"think\":\"low\",\"stream\":false," + MESSAGES + "}")
                            .body());
            assertThat(whole.at("/message/thinking").stringValue()).isEqualTo("想一想");
            assertThat(joined(lines(scripted.post("/api/generate", "{\"prompt\":\"x\"}")), "/thinking"))
                    .isEqualTo("想");
        }
    }

    @Test
    void callsComeInALineBeforeTheLast() throws Exception {
        ScriptedModel model = ScriptedModel.replying().thenCalls("price", Map.of("fruit", "苹果"));
        String tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"price\",\"parameters\":"
                + "{\"type\":\"object\",\"properties\":{\"fruit\":{\"type\":\"string\"}}}}}]}";
        try (TestServer scripted = new TestServer(new ServerSettings(), model)) {
            List<JsonNode> lines = lines(scripted.post("/api/chat", "{" + MESSAGES + tools));
            JsonNode call = lines.get(lines.size() - 2).at("/message/tool_calls/0/function");
            assertThat(call.get("name").stringValue()).isEqualTo("price");
            assertThat(call.at("/arguments/fruit").stringValue()).isEqualTo("苹果");
            assertThat(lines.getLast().at("/message/tool_calls").isMissingNode())
                    .isTrue();
        }
        model = ScriptedModel.replying("三元");
        try (TestServer scripted = new TestServer(new ServerSettings(), model)) {
            lines(scripted.post("/api/chat", """
                {"messages":[{"role":"user","content":"多少钱？"},
                {"role":"assistant","content":"","tool_calls":[{"function":{"name":"price","arguments":{"fruit":"苹果"}}}]},
                {"role":"tool","tool_name":"price","content":"3"}]\
                """ + tools));
            assertThat(model.prompts().getFirst()).contains("<tool_response>\n3\n</tool_response>");
        }
    }

    @Test
    void eachLineCarriesTheLogprobsOfItsTokens() throws Exception {
        List<JsonNode> lines = lines(server.post(
                "/api/chat", "{\"logprobs\":true,\"top_logprobs\":2," + MESSAGES + ",\"options\":{\"seed\":2}}"));
        for (JsonNode line : lines.subList(0, lines.size() - 1)) {
            assertThat(TestServer.text(line.get("logprobs")))
                    .isEqualTo(line.at("/message/content").stringValue());
            assertThat(line.at("/logprobs/0/top_logprobs")).hasSize(2);
        }
    }

    @Test
    void askingNothingFindsTheModelLoaded() throws Exception {
        for (String path : List.of("/api/chat", "/api/generate")) {
            JsonNode loaded =
                    TestServer.json(server.post(path, "{\"model\":\"any\"}").body());
            assertThat(loaded.get("done").booleanValue()).isTrue();
            assertThat(loaded.get("done_reason").stringValue()).isEqualTo("load");
        }
    }

    @Test
    void theModelIsDescribed() throws Exception {
        JsonNode shown = TestServer.json(
                server.post("/api/show", "{\"model\":\"quatrain-demo\"}").body());
        assertThat(shown.at("/model_info/general.architecture").stringValue()).isEqualTo("qwen2");
        assertThat(shown.at("/model_info/qwen2.context_length").intValue()).isEqualTo(1024);
        assertThat(shown.at("/details/family").stringValue()).isEqualTo("qwen2");
        assertThat(shown.get("capabilities")).extracting(JsonNode::stringValue).contains("completion");
        assertThat(TestServer.json(server.get("/api/version").body())
                        .get("version")
                        .stringValue())
                .matches("\\d+\\.\\d+\\.\\d+");
        JsonNode running = TestServer.json(server.get("/api/ps").body()).at("/models/0");
        assertThat(running.get("model").stringValue()).isEqualTo("quatrain-demo");
        assertThat(running.get("context_length").intValue()).isEqualTo(1024);
    }

    @Test
    void theModelIsListed() throws Exception {
        JsonNode entry = TestServer.json(server.get("/api/tags").body()).at("/models/0");
        assertThat(entry.get("name").stringValue()).isEqualTo("quatrain-demo");
        assertThat(entry.at("/details/quantization_level").stringValue()).isEqualTo("Q8_0");
        assertThat(entry.get("size").longValue()).isGreaterThan(4_000_000);
    }

    @Test
    void whatIsNotUnderstoodIsRefused() throws Exception {
        assertThat(server.post("/api/chat", "{" + MESSAGES + ",\"format\":\"xml\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(TestServer.json(server.post("/api/chat", "{" + MESSAGES + ",\"options\":{\"temperature\":9}}")
                                .body())
                        .get("error")
                        .stringValue())
                .contains("options.temperature");
        for (String field : List.of("suffix\":\"x\"", "images\":[\"AA==\"]", "template\":\"x\"", "context\":[1]")) {
            HttpResponse<String> refused = server.post("/api/generate", "{\"prompt\":\"x\",\"" + field + "}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains(field.substring(0, field.indexOf('"')));
        }
        String image = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"images\":[\"AA==\"]}]}";
        assertThat(server.post("/api/chat", image).body()).contains("images");
    }
}
