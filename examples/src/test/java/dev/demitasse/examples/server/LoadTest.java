package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * 64 clients at once: most stream a reply to its end, some leave in the middle, never read, or send what is no request.
 * Nothing else may go wrong, and nothing may be left behind. A few seconds in every build; for two minutes:
 *
 * <pre>mvn -pl examples -am test -Dtest=LoadTest -Dsurefire.failIfNoSpecifiedTests=false -Dload.seconds=120</pre>
 */
class LoadTest {
    private static final int CLIENTS = 64;
    private static final int SECONDS = Integer.getInteger("load.seconds", 8);
    private static final long MEBIBYTE = 1 << 20;

    private final Map<String, LongAdder> outcomes = new ConcurrentHashMap<>();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();

    /** What must be as it was when everybody has left. */
    private record Footprint(int threads, long files, long heap) {
        static Footprint now() throws IOException {
            System.gc();
            long files;
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                files = open.count();
            } catch (java.nio.file.NoSuchFileException notLinux) {
                files = 0;
            }
            return new Footprint(
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    files,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
    }

    @Test
    void manyClientsSomeOfThemHostileLeaveNothingBehind() throws Exception {
        ServerSettings settings = new ServerSettings().sendTimeout(Duration.ofSeconds(2));
        try (TestServer server = new TestServer(settings)) {
            run(server, Duration.ofSeconds(Math.max(2, SECONDS / 4)), 1);
            server.awaitIdle();
            Footprint before = Footprint.now();
            run(server, Duration.ofSeconds(SECONDS), 2);
            server.awaitIdle();
            TestServer.eventually("connections are closed", () -> {
                try {
                    return server.metric("demitasse_connections") <= 1;
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            Footprint after = Footprint.now();
            System.out.println("load: " + SECONDS + " s, " + new java.util.TreeMap<>(outcomes) + ", " + before + " -> "
                    + after + ", " + (long) server.metric("demitasse_completion_tokens_total") + " tokens");
            assertThat(surprises).isEmpty();
            assertThat(outcomes.keySet())
                    .contains("streamed", "whole", "texts", "left", "never read", "400", "no HTTP", "413");
            assertThat(server.get("/metrics").body()).doesNotContain("status=\"500\"");
            assertThat(server.model().stats().runningTurns()).isZero();
            assertThat(server.model().stats().waitingTurns()).isZero();
            assertThat(server.model().stats().kvBytes())
                    .isLessThanOrEqualTo(server.model().stats().kvBudget());
            assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 5);
            assertThat(after.files()).isLessThanOrEqualTo(before.files() + 5);
            assertThat(after.heap()).isLessThan(before.heap() + 32 * MEBIBYTE);
        }
    }

    private void run(TestServer server, Duration time, long seed) {
        long end = System.nanoTime() + time.toNanos();
        try (HttpClient http = HttpClient.newHttpClient();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                Random random = new Random(seed * CLIENTS + i);
                clients.execute(() -> {
                    while (System.nanoTime() < end) {
                        act(server, http, random);
                    }
                });
            }
        }
    }

    private void act(TestServer server, HttpClient http, Random random) {
        String kind = "?";
        try {
            int dice = random.nextInt(100);
            if (dice < 60) {
                kind = "streamed";
                stream(server, http, random);
            } else if (dice < 70) {
                kind = "whole";
                expect(kind, 200, post(server, http, body(random, false)));
            } else if (dice < 73) {
                kind = "texts";
                expect(kind, 200, post(server, http, "/v1/completions", texts(random)));
            } else if (dice < 82) {
                kind = "left";
                leave(server, random);
            } else if (dice < 84) {
                kind = "never read";
                neverRead(server);
            } else if (dice < 92) {
                kind = "400";
                expect(kind, 400, post(server, http, body(random, true).substring(random.nextInt(1, 40))));
            } else if (dice < 97) {
                kind = "no HTTP";
                noHttp(server, random);
            } else {
                kind = "413";
                expect(kind, 413, post(server, http, " ".repeat((1 << 20) + 1)));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            surprises.add(kind + ": " + e);
        }
    }

    private void count(String outcome) {
        outcomes.computeIfAbsent(outcome, _ -> new LongAdder()).increment();
    }

    private void expect(String kind, int status, HttpResponse<String> response) {
        if (response.statusCode() == status) {
            count(kind);
        } else if (response.statusCode() == 429) {
            count("429");
        } else {
            surprises.add(kind + ": status " + response.statusCode() + ": " + response.body());
        }
    }

    private static String body(Random random, boolean stream) {
        return """
            {"messages":[{"role":"user","content":"%d 写一首关于月亮的诗"}],"max_tokens":%d,"stream":%b}\
            """.formatted(random.nextInt(20), 1 + random.nextInt(24), stream);
    }

    /** More than are written together. */
    private static String texts(Random random) {
        return "{\"max_tokens\":2,\"stream\":%b,\"prompt\":[%s]}"
                .formatted(random.nextBoolean(), String.join(",", Collections.nCopies(20, "\"春风\"")));
    }

    private static HttpResponse<String> post(TestServer server, HttpClient http, String body)
            throws IOException, InterruptedException {
        return post(server, http, TestServer.CHAT, body);
    }

    private static HttpResponse<String> post(TestServer server, HttpClient http, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request = server.request(path)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    private void stream(TestServer server, HttpClient http, Random random) throws IOException, InterruptedException {
        HttpResponse<String> response = post(server, http, body(random, true));
        if (response.statusCode() == 200 && !response.body().endsWith("data: [DONE]\n\n")) {
            surprises.add("a stream without its end: " + response.body());
        }
        expect("streamed", 200, response);
    }

    /** Goes away: before the first piece of the response, after it, or later. */
    private void leave(TestServer server, Random random) throws IOException {
        try (RawConnection client = new RawConnection(server.port())) {
            client.send(RawConnection.post(TestServer.CHAT, server.endless(500, random.nextBoolean())));
            client.waitAtMost(Duration.ofMillis(1 + random.nextInt(200)));
            try {
                client.read(1 + random.nextInt(4000));
            } catch (java.net.SocketTimeoutException _) {
                // It leaves earlier.
            }
            if (random.nextBoolean()) {
                client.reset();
            }
        }
        count("left");
    }

    private void neverRead(TestServer server) throws IOException, InterruptedException {
        try (RawConnection client = new RawConnection(server.port(), 2048)) {
            client.send("GET /app.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(300));
            Thread.sleep(500);
        }
        count("never read");
    }

    private void noHttp(TestServer server, Random random) throws IOException {
        byte[] noise = new byte[1 + random.nextInt(500)];
        random.nextBytes(noise);
        try (RawConnection client = new RawConnection(server.port())) {
            client.send(
                    random.nextBoolean()
                            ? noise
                            : "POST /v1/chat/completions HTTP/1.1\r\nBad\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            client.waitAtMost(Duration.ofMillis(50));
            String response = client.readAll();
            if (!response.isEmpty() && !response.matches("(?s)HTTP/1\\.[01] 4.*")) {
                surprises.add("no HTTP: " + response);
            }
        }
        count("no HTTP");
    }
}
