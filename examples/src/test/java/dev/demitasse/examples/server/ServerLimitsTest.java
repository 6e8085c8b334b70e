package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the server does about clients that want too much, know no key, leave, dawdle, or come from elsewhere. */
class ServerLimitsTest {
    private static JsonNode error(HttpResponse<String> response) {
        return TestServer.json(response.body()).get("error");
    }

    private static List<RawConnection> occupy(TestServer server, int places) throws IOException, InterruptedException {
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < places; i++) {
            connections.add(new RawConnection(server.port())
                    .send(RawConnection.post(TestServer.CHAT, server.endless(900, true))));
        }
        TestServer.eventually("all places are taken", () -> running(server) == places);
        return connections;
    }

    private static double running(TestServer server) {
        try {
            return server.metric("demitasse_requests_running");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String longPrompt(int number) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"%d%s\"}],\"max_tokens\":1}"
                .formatted(number, "山".repeat(900));
    }

    @Test
    void whoFindsTheQueueFullIsToldWhenToComeBack() throws Exception {
        try (TestServer server =
                new TestServer(new ServerSettings().concurrent(1).queue(0))) {
            List<RawConnection> busy = occupy(server, 1);
            HttpResponse<String> refused = server.post(TestServer.CHAT, TestServer.EXAMPLE);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("2");
            assertThat(error(refused).get("type").stringValue()).isEqualTo("rate_limit_error");
            busy.getFirst().close();
            server.awaitIdle();
            assertThat(server.post(TestServer.CHAT, TestServer.EXAMPLE).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void whoWaitsInTheQueueIsAnsweredInTheEnd() throws Exception {
        try (TestServer server =
                new TestServer(new ServerSettings().concurrent(1).queue(4))) {
            List<RawConnection> busy = occupy(server, 1);
            try (RawConnection waiting = new RawConnection(server.port())) {
                waiting.send(RawConnection.post(TestServer.CHAT, TestServer.EXAMPLE));
                TestServer.eventually("one waits", () -> {
                    try {
                        return server.metric("demitasse_requests_waiting") == 1;
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
                busy.getFirst().close();
                assertThat(waiting.read(15)).isEqualTo("HTTP/1.1 200 OK");
            }
        }
    }

    @Test
    void moreChoicesThanPlacesCanNeverBeServed() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings().concurrent(2))) {
            HttpResponse<String> refused =
                    server.post(TestServer.CHAT, TestServer.EXAMPLE.replace("\"stream\":true", "\"n\":3"));
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(error(refused).get("param").stringValue()).isEqualTo("n");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDisconnectEndsTheWorkWhileTokensAreWritten(boolean stream) throws Exception {
        try (TestServer server = new TestServer(new ServerSettings());
                RawConnection client = new RawConnection(server.port())) {
            client.send(RawConnection.post(TestServer.CHAT, server.endless(900, stream)));
            TestServer.eventually("the reply is being written", () -> running(server) == 1);
            client.reset();
            server.awaitIdle();
            assertThat(server.metric("demitasse_requests_total{path=\"/v1/chat/completions\",status=\"499\"}"))
                    .isEqualTo(1);
        }
    }

    @Test
    void aDisconnectEndsTheWorkWhileThePromptIsRead() throws Exception {
        // Prompts of nearly the whole context, one of which takes a good while without vector kernels and in company.
        try (TestServer server = new TestServer(new ServerSettings())) {
            List<RawConnection> clients = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                clients.add(new RawConnection(server.port()).send(RawConnection.post(TestServer.CHAT, longPrompt(i))));
            }
            TestServer.eventually("prompts are being read", () -> running(server) > 8);
            for (RawConnection client : clients) {
                client.reset();
            }
            server.awaitIdle();
            double answered = server.metric("demitasse_requests_total{path=\"/v1/chat/completions\",status=\"200\"}");
            double left = server.metric("demitasse_requests_total{path=\"/v1/chat/completions\",status=\"499\"}");
            assertThat(answered + left).isEqualTo(16);
            // How many had been answered when the others left is the machine's affair.
            assertThat(left).isPositive();
        }
    }

    @Test
    void aClientThatNeverReadsLosesItsConnectionAndNobodyElseNotices() throws Exception {
        ServerSettings settings = new ServerSettings().sendTimeout(Duration.ofMillis(500));
        try (TestServer server = new TestServer(settings);
                RawConnection client = new RawConnection(server.port(), 2048)) {
            // Pipelined pages: more than the system's buffers hold.
            String page = "GET /app.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
            client.send(page.repeat(2000));
            TestServer.eventually("the client lost its connection", () -> {
                try {
                    return server.metric("demitasse_requests_total{path=\"/app.js\",status=\"499\"}") > 0;
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(server.post(TestServer.CHAT, TestServer.EXAMPLE).statusCode())
                    .isEqualTo(200);
            TestServer.eventually("only the test's own connections are left", () -> {
                try {
                    return server.metric("demitasse_connections") <= 1;
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "POST /v1/chat/completions HTTP/1.1\r\nHost: loc",
                "POST /v1/chat/completions HTTP/1.1\r\n" + "Host: localhost\r\nContent-Length: 100\r\n\r\n{\"messages\""
            })
    void aClientThatDawdlesLosesItsConnection(String sent) throws Exception {
        try (TestServer server = new TestServer(new ServerSettings().receiveTimeout(Duration.ofMillis(300)));
                RawConnection client = new RawConnection(server.port())) {
            client.send(sent);
            assertThat(client.readAll()).isEmpty();
        }
    }

    @Test
    void aSlowTrickleOfBytesDoesNotExtendTheTime() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings().receiveTimeout(Duration.ofMillis(500)));
                RawConnection client = new RawConnection(server.port())) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> {
                        while (System.nanoTime() - start
                                < Duration.ofSeconds(10).toNanos()) {
                            client.send("X");
                            Thread.sleep(50);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aReplyThatTakesTooLongIsAnErrorNotAShorterReply() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings().requestTimeout(Duration.ofMillis(100)))) {
            HttpResponse<String> whole = server.post(TestServer.CHAT, server.endless(900, false));
            assertThat(whole.statusCode()).isEqualTo(504);
            assertThat(error(whole).get("code").stringValue()).isEqualTo("timeout");
            HttpResponse<String> streamed = server.post(TestServer.CHAT, server.endless(900, true));
            assertThat(streamed.body()).contains("\"code\":\"timeout\"").doesNotContain("[DONE]");
        }
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedWhetherItSaysSoOrNot() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings())) {
            String body = "{\"messages\":\"" + "x".repeat(1 << 20) + "\"}";
            assertThat(server.post(TestServer.CHAT, body).statusCode()).isEqualTo(413);
            HttpRequest chunked = server.request(TestServer.CHAT)
                    .POST(HttpRequest.BodyPublishers.ofInputStream(() ->
                            new java.io.ByteArrayInputStream(body.getBytes(java.nio.charset.StandardCharsets.UTF_8))))
                    .build();
            assertThat(TestServer.send(chunked).statusCode()).isEqualTo(413);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Authorization | Bearer second-key  | 200",
                "authorization | bearer first-key   | 200",
                "Authorization | Bearer wrong       | 401",
                "Authorization | Basic first-key    | 401",
                "X-Nothing     | Bearer first-key   | 401",
            })
    void withKeysOnlyWhoHasOneIsAnswered(String header, String value, int status) throws Exception {
        try (TestServer server = new TestServer(new ServerSettings().apiKeys(List.of("first-key", "second-key")))) {
            HttpResponse<String> response = TestServer.send(
                    server.request("/v1/models").header(header, value).build());
            assertThat(response.statusCode()).isEqualTo(status);
            if (status == 401) {
                assertThat(error(response).get("code").stringValue()).isEqualTo("invalid_api_key");
                assertThat(response.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            }
            assertThat(server.get("/metrics").statusCode()).isEqualTo(401);
            assertThat(server.post(TestServer.CHAT, TestServer.EXAMPLE).statusCode())
                    .isEqualTo(401);
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(server.get("/").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void pagesOfOtherOriginsAreRefusedUnlessNamed() throws Exception {
        ServerSettings settings = new ServerSettings().corsOrigins(List.of("https://app.example"));
        try (TestServer server = new TestServer(settings)) {
            HttpRequest.Builder chat =
                    server.request(TestServer.CHAT).POST(HttpRequest.BodyPublishers.ofString(TestServer.EXAMPLE));
            assertThat(TestServer.send(chat.copy()
                                    .header("Origin", "https://evil.example")
                                    .build())
                            .statusCode())
                    .isEqualTo(403);
            HttpResponse<String> named = TestServer.send(
                    chat.copy().header("Origin", "https://app.example").build());
            assertThat(named.statusCode()).isEqualTo(200);
            assertThat(named.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://app.example");
            String own = "http://127.0.0.1:" + server.port();
            assertThat(TestServer.send(chat.copy().header("Origin", own).build())
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> preflight = TestServer.send(server.request(TestServer.CHAT)
                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                    .header("Origin", "https://app.example")
                    .header("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os")
                    .build());
            assertThat(preflight.statusCode()).isEqualTo(204);
            assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers"))
                    .hasValue("authorization,content-type,x-stainless-os");
        }
    }

    @Test
    void aNameThatSomebodyPointedAtThisMachineIsNotThisServer() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings().allowedHosts(List.of("chat.example")))) {
            String request = "GET /v1/models HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n";
            for (String host : List.of("localhost", "127.0.0.1:8080", "[::1]:80", "LOCALHOST", "chat.example:443")) {
                try (RawConnection client = new RawConnection(server.port())) {
                    assertThat(client.send(request.formatted(host)).readAll())
                            .as(host)
                            .startsWith("HTTP/1.1 200");
                }
            }
            for (String host : List.of("evil.example", "127.0.0.1.evil.example", "", "localhost.evil")) {
                try (RawConnection client = new RawConnection(server.port())) {
                    assertThat(client.send(request.formatted(host)).readAll())
                            .as(host)
                            .startsWith("HTTP/1.1 403");
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET    | /v1/chat/completions | 405",
                "DELETE | /v1/models           | 405",
                "PUT    | /                    | 405",
                "POST   | /health              | 405",
                "GET    | /nothing             | 404",
                "GET    | /../../etc/passwd    | 404",
                "GET    | /%2e%2e/etc/passwd   | 404",
                "GET    | /v1/models/other     | 404",
                "GET    | //                   | 404",
                "GET    | /ChatServer.class    | 404",
                "HEAD   | /                    | 200",
                "HEAD   | /v1/models           | 200",
            })
    void whatIsNotThereIsNotThere(String method, String path, int status) throws Exception {
        try (TestServer server = new TestServer(new ServerSettings());
                RawConnection client = new RawConnection(server.port())) {
            String response = client.send(
                            method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .readAll();
            assertThat(response).startsWith("HTTP/1.1 " + status);
            assertThat(response).containsIgnoringCase("content-security-policy: default-src 'none'");
            assertThat(response).containsIgnoringCase("x-content-type-options: nosniff");
            assertThat(response.contains("\r\nAllow: ") || response.contains("\r\nallow: "))
                    .isEqualTo(status == 405);
        }
    }

    @Test
    void routesAnswerWithAndWithoutTheVersion() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings())) {
            for (String prefix : List.of("", "/v1")) {
                assertThat(server.get(prefix + "/health").body()).isEqualTo("{\"status\":\"ok\"}");
                JsonNode models = TestServer.json(server.get(prefix + "/models").body());
                assertThat(models.at("/data/0/id").stringValue()).isEqualTo("quatrain-demo");
                assertThat(server.get(prefix + "/models/quatrain-demo").statusCode())
                        .isEqualTo(200);
                assertThat(server.get(prefix + "/metrics").body()).contains("# TYPE demitasse_connections gauge");
                assertThat(server.post(prefix + "/chat/completions", TestServer.EXAMPLE)
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void metricsAreWhatPrometheusReads() throws Exception {
        try (TestServer server = new TestServer(new ServerSettings())) {
            server.post(TestServer.CHAT, server.endless(5, false));
            String metrics = server.get("/metrics").body();
            assertThat(metrics.lines())
                    .allMatch(line -> line.matches("# (HELP|TYPE) [a-z_]+ .+")
                            || line.matches("[a-z_]+(\\{[^{}]+\\})? -?[0-9.E+-]+"));
            assertThat(metrics)
                    .contains("demitasse_completion_tokens_total 5\n")
                    .contains("demitasse_time_to_first_token_seconds_count 1\n")
                    .contains("demitasse_time_to_first_token_seconds_bucket{le=\"+Inf\"} 1\n")
                    .contains("demitasse_replies_total{finish=\"LENGTH\"} 1\n")
                    .contains("demitasse_requests_total{path=\"/v1/chat/completions\",status=\"200\"} 1\n");
        }
    }

    @Test
    void aServerThatIsClosedLetsShortRepliesFinish() throws Exception {
        ServerSettings settings = new ServerSettings().shutdownTimeout(Duration.ofMinutes(1));
        try (TestServer server = new TestServer(settings);
                RawConnection client = new RawConnection(server.port())) {
            client.send(RawConnection.post(TestServer.CHAT, server.endless(500, true)));
            TestServer.eventually("the reply is being written", () -> running(server) == 1);
            server.stop();
            assertThat(client.readAll())
                    .contains("\"finish_reason\":\"length\"")
                    .contains("data: [DONE]");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerThatIsClosedCancelsLongRepliesAndSaysSo(boolean stream) throws Exception {
        ServerSettings settings = new ServerSettings().shutdownTimeout(Duration.ofMillis(200));
        try (TestServer server = new TestServer(settings);
                RawConnection client = new RawConnection(server.port())) {
            client.send(RawConnection.post(TestServer.CHAT, server.endless(900, stream)));
            TestServer.eventually("the reply is being written", () -> running(server) == 1);
            server.stop();
            String response = client.readAll();
            assertThat(response).contains("\"code\":\"shutting_down\"").doesNotContain("[DONE]");
            assertThat(response).startsWith(stream ? "HTTP/1.1 200" : "HTTP/1.1 503");
        }
    }

    @Test
    void aPortThatIsTakenIsSaidSo() {
        try (TestServer server = new TestServer(new ServerSettings());
                LanguageModel model = LanguageModel.load(DemoModel.path())) {
            ServerSettings same = new ServerSettings().port(server.port());
            assertThatThrownBy(() -> ChatServer.start(model, same))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1 port " + server.port())
                    .hasMessageContaining("--port");
        }
    }
}
