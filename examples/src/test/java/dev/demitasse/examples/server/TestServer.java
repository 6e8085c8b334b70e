package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.demo.DemoModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server on the bundled model and a free port, and what tests ask of it. */
final class TestServer implements AutoCloseable {
    static final String CHAT = "/v1/chat/completions";
    static final String EXAMPLE = """
        {"messages":[{"role":"user","content":"帮我写一首关于春天的七言绝句，要有花和风"}],"stream":true}\
        """;

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final LanguageModel model;
    private final ChatServer server;

    TestServer(ServerSettings settings) {
        this(settings, LanguageModel.load(DemoModel.path()));
    }

    /** Takes over the model. */
    TestServer(ServerSettings settings, LanguageModel model) {
        this.model = model;
        this.server = ChatServer.start(model, settings.port(0));
    }

    LanguageModel model() {
        return model;
    }

    int port() {
        return server.port();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    void stop() {
        server.close();
    }

    @Override
    public void close() {
        server.close();
        model.close();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).build());
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    static HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return CLIENT.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    /** The whole completion for a body. */
    JsonNode complete(String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(CHAT, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response.body());
    }

    /** The data of the events of a stream, which must be well-formed and end as it should. */
    static List<JsonNode> events(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream; charset=utf-8");
        String[] events = response.body().split("\n\n", -1);
        assertThat(events).allMatch(event -> event.isEmpty() || (event.startsWith("data: ") && !event.contains("\n")));
        assertThat(events[events.length - 2]).isEqualTo("data: [DONE]");
        assertThat(events[events.length - 1]).isEmpty();
        return List.of(events).subList(0, events.length - 2).stream()
                .map(event -> json(event.substring("data: ".length())))
                .toList();
    }

    /** What the bytes of these tokens, entries of logprobs, are together. */
    static String text(JsonNode tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (JsonNode token : tokens) {
            token.get("bytes").forEach(value -> bytes.write(value.intValue()));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    static String content(List<JsonNode> chunks) {
        return chunks.stream()
                .map(chunk -> chunk.at("/choices/0/delta/content").asString(""))
                .collect(Collectors.joining());
    }

    /** A body whose reply goes on until the limit, because the model cannot end its turn. */
    String endless(int maxTokens, boolean stream) {
        String bias = model.language().stopTokens().stream()
                .map(token -> "\"" + token + "\":-100")
                .collect(Collectors.joining(","));
        return """
            {"messages":[{"role":"user","content":"写一首关于月亮的诗"}],"max_tokens":%d,"stream":%b,"logit_bias":{%s}}\
            """.formatted(maxTokens, stream, bias);
    }

    /** A metric's value, 0 if nothing was counted yet. */
    double metric(String series) throws IOException, InterruptedException {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    /** Waits until something is so; fails after a minute, which a busy machine may need. */
    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never happened: " + what);
            }
            Thread.sleep(10);
        }
    }

    /** Waits until no reply is being written and no request waits. */
    void awaitIdle() throws InterruptedException {
        eventually("no reply is being written", () -> {
            try {
                return metric("demitasse_requests_running") == 0 && metric("demitasse_requests_waiting") == 0;
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }
}
