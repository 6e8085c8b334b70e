package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.demitasse.demo.DemoModel;
import dev.demitasse.examples.ExecutableJar.Result;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that get, list and remove models, as processes, against a hub of our own. */
@Timeout(120)
class PullSmokeTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String NAME = "hf:demo/quatrain/quatrain.gguf";
    private static final int FIRST_PART = 2_000_000;

    @TempDir
    private Path home;

    private HttpServer server;
    private byte[] model;
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    /** While set, the server sends the first part of the file and then nothing. */
    private volatile boolean halfway;

    private final CountDownLatch firstPartSent = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    @BeforeEach
    void startHub() throws Exception {
        model = Files.readAllBytes(DemoModel.path());
        String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(model));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/api/models/demo/quatrain/revision/main", exchange -> {
            byte[] json =
                    "{\"siblings\": [{\"rfilename\": \"quatrain.gguf\"}], \"cardData\": {\"license\": \"apache-2.0\"}}"
                            .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, json.length);
            exchange.getResponseBody().write(json);
            exchange.close();
        });
        server.createContext("/demo/quatrain/resolve/main/quatrain.gguf", exchange -> {
            exchange.getResponseHeaders().set("Location", "/files/quatrain.gguf");
            exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + hash + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(model.length));
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        server.createContext("/files/quatrain.gguf", this::file);
        server.start();
    }

    private void file(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(String.valueOf(range));
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        exchange.getResponseHeaders()
                .set("Content-Range", "bytes " + from + "-" + (model.length - 1) + "/" + model.length);
        exchange.sendResponseHeaders(range == null ? 200 : 206, model.length - from);
        try (OutputStream out = exchange.getResponseBody()) {
            if (halfway) {
                out.write(model, from, FIRST_PART);
                out.flush();
                firstPartSent.countDown();
                await(end);
            }
            out.write(model, from, model.length - from);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @AfterEach
    void stopHub() {
        end.countDown();
        server.stop(0);
    }

    private Map<String, String> environment() {
        return Map.of(
                "HF_HOME",
                home.toString(),
                "HF_ENDPOINT",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "HF_TOKEN",
                "");
    }

    private static List<String> command(String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(ExecutableJar.thisJava().toString(), "-jar", ExecutableJar.JAR.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private Result run(String... arguments) throws Exception {
        return ExecutableJar.run(command(arguments), "", environment());
    }

    @Test
    void aModelIsLoadedListedUsedAndRemovedByItsName() throws Exception {
        Result pulled = run("pull", NAME);
        assertThat(pulled.status()).as(pulled.err()).isZero();
        assertThat(Path.of(pulled.out().strip())).hasBinaryContent(model).startsWith(home);
        assertThat(pulled.err()).contains("licence apache-2.0");
        assertThat(run("list").out()).contains(NAME).contains("5.");

        Result answer = run("ask", NAME, "--greedy", "写一首关于月亮的诗");
        assertThat(answer.status()).as(answer.err()).isZero();
        assertThat(answer.out().codePoints().filter(Character::isIdeographic).count())
                .isGreaterThan(19);
        assertThat(answer.err()).isEmpty();
        assertThat(ranges).as("downloads").hasSize(1);

        assertThat(run("rm", NAME).status()).isZero();
        assertThat(run("list").out()).isEmpty();
        Result again = run("rm", NAME);
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.errorLines()).singleElement().asString().contains(NAME);
    }

    @Test
    void aProcessThatIsKilledLosesNothingAndLeavesNoModel() throws Exception {
        halfway = true;
        ProcessBuilder builder = new ProcessBuilder(command("pull", NAME))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment());
        Process process = builder.start();
        assertThat(firstPartSent.await(60, TimeUnit.SECONDS)).isTrue();
        Path blobs = home.resolve("hub/models--demo--quatrain/blobs");
        while (sizeOfPart(blobs) < FIRST_PART) {
            Thread.onSpinWait();
        }
        process.destroyForcibly();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(run("list").out()).isEmpty();

        halfway = false;
        Result pulled = run("pull", NAME);
        assertThat(pulled.status()).as(pulled.err()).isZero();
        assertThat(Path.of(pulled.out().strip())).hasBinaryContent(model);
        assertThat(ranges).containsExactly("null", "bytes=" + FIRST_PART + "-");
    }

    private static long sizeOfPart(Path blobs) throws IOException {
        if (!Files.isDirectory(blobs)) {
            return 0;
        }
        try (var files = Files.list(blobs)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Test
    void aModelThatCannotBeHadIsOneLine() throws Exception {
        Result missing = run("chat", "hf:demo/absent/x.gguf");
        assertThat(missing.status()).isEqualTo(2);
        assertThat(missing.errorLines())
                .singleElement()
                .asString()
                .contains("404")
                .contains("hf:demo/absent/x.gguf");
        Result malformed = run("pull", "quatrain.gguf");
        assertThat(malformed.status()).isEqualTo(2);
        assertThat(malformed.errorLines()).singleElement().asString().contains("hf:owner/repository");
    }
}
