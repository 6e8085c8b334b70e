package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests that somebody damaged: the server says so, or answers, and goes on. */
class FuzzTest {
    private static final int CASES = 300;
    private static final Duration SILENCE = Duration.ofMillis(150);
    private static final String BODY = """
        {"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"月\\u6708"}]},\
        {"role":"assistant","content":"a"},{"role":"user","content":"b"}],"max_tokens":1,"temperature":0.5,"top_p":0.9,\
        "n":1,"seed":7,"stop":["x"],"stream":false,"logprobs":true,"top_logprobs":2,"logit_bias":{"5":1.5},\
        "presence_penalty":0.1,"frequency_penalty":-0.1,"chat_template_kwargs":{"enable_thinking":false}}\
        """;
    private static final String TEXT_BODY = """
        {"prompt":["月\\u6708",[5,6]],"max_tokens":1,"temperature":0.5,"top_p":0.9,"n":2,"best_of":2,"seed":7,"stop":["x"],\
        "stream":false,"logprobs":2,"echo":false,"logit_bias":{"5":1.5},"presence_penalty":0.1,"parse_special":true,\
        "suffix":null,"response_format":{"type":"text"}}\
        """;
    private static final String RESPONSES_BODY = """
        {"instructions":"s","input":[{"role":"user","content":[{"type":"input_text","text":"月\\u6708"}]},\
        {"type":"reasoning","summary":[]},{"type":"message","role":"assistant","content":"a"},{"role":"user","content":"b"}],\
        "max_output_tokens":1,"temperature":0.5,"stream":false,"include":["message.output_text.logprobs"],\
        "top_logprobs":2,"text":{"format":{"type":"text"}},"reasoning":{"effort":"low"},"metadata":{"a":"b"}}\
        """;
    private static final String GENERATE_BODY = """
        {"model":"m","system":"s","prompt":"月\\u6708","raw":false,"stream":false,"format":"","think":false,"keep_alive":5,\
        "logprobs":true,"top_logprobs":1,"suffix":"","images":[],"options":{"num_predict":1,"seed":7,"stop":["x"]}}\
        """;
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1e308",
            "-1e999",
            "99999999999999999999",
            "0.1e-400",
            "\"\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "{\"a\":{}}",
            "\"月\"",
            "[1,\"a\",{}]");
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new ServerSettings());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void theServerStillAnswers() throws Exception {
        server.awaitIdle();
        assertThat(server.post(TestServer.CHAT, TestServer.EXAMPLE).statusCode())
                .isEqualTo(200);
        assertThat(server.get("/metrics").body()).doesNotContain("status=\"500\"");
    }

    /** The response's status, or 0 if the server only closed the connection. */
    private static int exchange(byte[] request) throws IOException {
        try (RawConnection client = new RawConnection(server.port())) {
            client.waitAtMost(SILENCE);
            try {
                client.send(request);
            } catch (IOException _) {
                // Refused before it was sent whole; the response may be there all the same.
            }
            String response = client.readAll();
            if (response.isEmpty()) {
                return 0;
            }
            // The version is the one that the client claimed.
            assertThat(response).matches("(?s)\\S+/\\d+\\.\\d+ \\d{3} .*");
            assertThat(response).doesNotContain("\tat ").doesNotContain("Exception");
            return Integer.parseInt(response.split(" ", 3)[1]);
        }
    }

    @Test
    void damagedHttpIsRefusedOrClosed() throws Exception {
        Random random = new Random(42);
        byte[] good = RawConnection.post(TestServer.CHAT, BODY)
                .replaceFirst("\r\n", "\r\nConnection: close\r\n")
                .getBytes(StandardCharsets.UTF_8);
        int head = new String(good, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
        for (int i = 0; i < CASES; i++) {
            byte[] bad = good.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bad[random.nextInt(head)] = (byte) random.nextInt(256);
            }
            assertThat(exchange(bad))
                    .as(new String(bad, 0, head, StandardCharsets.ISO_8859_1))
                    .isIn(0, 200, 400, 401, 403, 404, 405, 413, 414, 417, 426, 431, 501, 505);
        }
    }

    private static String post(String headers, String body) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n" + body;
    }

    @Test
    void whatIsNoHttpAtAllIsRefusedOrClosed() throws Exception {
        Random random = new Random(7);
        List<String> requests = List.of(
                "GET\r\n\r\n",
                "GET / HTTP/9.9\r\n\r\n",
                "GET / HTTP/1.1\r\nHost\r\n\r\n",
                "GET / HTTP/1.1\r\nA: " + "x".repeat(100_000) + "\r\n\r\n",
                "GET /" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n",
                post("Content-Length: -5", ""),
                post("Content-Length: 5\r\nContent-Length: 6", "abcdef"),
                post("Content-Length: 99999999999999999999", ""),
                post("Transfer-Encoding: chunked", "ZZ\r\n"),
                post("Transfer-Encoding: chunked", "fffffffffffff\r\n"),
                post("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"),
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001",
                "\r\n\r\n\r\n");
        for (String request : requests) {
            assertThat(exchange(request.getBytes(StandardCharsets.ISO_8859_1)))
                    .as(request.substring(0, Math.min(120, request.length())))
                    .isIn(0, 400, 403, 404, 405, 413, 414, 431, 501, 505);
        }
        for (int i = 0; i < 50; i++) {
            byte[] noise = new byte[1 + random.nextInt(2000)];
            random.nextBytes(noise);
            assertThat(exchange(noise)).isIn(0, 400, 414, 431);
        }
    }

    @Test
    void damagedJsonIsRefusedOrAnswered() throws Exception {
        damagedIsRefusedOrAnswered(TestServer.CHAT, BODY);
        damagedIsRefusedOrAnswered("/v1/completions", TEXT_BODY);
        damagedIsRefusedOrAnswered("/v1/responses", RESPONSES_BODY);
        damagedIsRefusedOrAnswered("/api/generate", GENERATE_BODY);
    }

    private static void damagedIsRefusedOrAnswered(String path, String body) throws Exception {
        assertThat(server.post(path, body).statusCode()).isEqualTo(200);
        Random random = new Random(1);
        Set<Integer> seen = new java.util.TreeSet<>();
        for (int i = 0; i < CASES; i++) {
            StringBuilder bad = new StringBuilder(body);
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                damage(bad, random);
            }
            HttpResponse<String> response = server.post(path, bad.toString());
            assertThat(response.statusCode()).as(bad + "\n" + response.body()).isIn(200, 400);
            assertThat(response.body()).doesNotContain("Exception").doesNotContain("\tat ");
            seen.add(response.statusCode());
        }
        assertThat(seen).containsExactly(200, 400);
    }

    /** Replaces a value, or takes out, doubles or changes a few characters. */
    private static void damage(StringBuilder text, Random random) {
        int at = random.nextInt(text.length());
        int colon = text.indexOf(":", at);
        switch (random.nextInt(4)) {
            case 0 -> text.deleteCharAt(at);
            case 1 -> text.insert(at, text.substring(at, Math.min(text.length(), at + 1 + random.nextInt(20))));
            case 2 -> text.setCharAt(at, (char) random.nextInt(0x2000));
            default -> {
                if (colon > 0 && colon + 1 < text.length()) {
                    int end = colon + 1;
                    while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
                        end++;
                    }
                    text.replace(colon + 1, end, VALUES.get(random.nextInt(VALUES.size())));
                }
            }
        }
    }

    @Test
    void deepAndWideJsonIsRefused() throws Exception {
        for (String body : List.of(
                "[".repeat(100_000),
                "{\"a\":".repeat(100_000),
                "{\"messages\":" + "[".repeat(400) + "]".repeat(400) + "}",
                "{\"messages\":[{\"role\":\"user\",\"content\":" + "{\"a\":".repeat(300) + "1" + "}".repeat(300)
                        + "}]}",
                "{\"seed\":" + "9".repeat(500_000) + "}",
                "\u0000".repeat(1000))) {
            assertThat(server.post(TestServer.CHAT, body).statusCode()).isEqualTo(400);
        }
    }
}
