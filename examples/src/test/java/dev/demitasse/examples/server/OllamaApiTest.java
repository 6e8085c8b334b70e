package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
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
        assertThat(server.post("/api/chat", "{" + MESSAGES + ",\"options\":{\"temperature\":9}}")
                        .body())
                .contains("options.temperature");
    }
}
