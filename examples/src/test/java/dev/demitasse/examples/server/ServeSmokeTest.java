package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.examples.server.ServeProcess.Exit;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code java -jar demitasse.jar serve}, as a process that other processes talk to. */
class ServeSmokeTest {
    private static final Path GUIDE = Path.of("..", "docs", "guide", "server.md");

    @TempDir
    private Path folder;

    @Test
    void theJarServesAndEndsCleanlyWhenAskedTo() throws Exception {
        try (ServeProcess server = ServeProcess.start(List.of())) {
            assertThat(server.log()).containsPattern("vector-\\d+ kernels");
            assertThat(run("curl -sN", server.port()))
                    .contains("chat.completion.chunk")
                    .endsWith("data: [DONE]\n\n");
            Exit exit = server.terminate();
            assertThat(exit.status()).isIn(0, 143);
            assertThat(exit.log())
                    .contains("Shutting down")
                    .doesNotContain("Exception")
                    .doesNotContain("WARNING");
        }
    }

    /** Runs the guide's curl command, word for word but for the port. */
    private String run(String curl, int port) throws IOException, InterruptedException {
        String command = block("bash").replace("curl -N", curl).replace(":8080", ":" + port);
        Path script = Files.writeString(folder.resolve("ask.sh"), command);
        Process process = new ProcessBuilder("sh", script.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static String block(String language) throws IOException {
        Matcher block = Pattern.compile("```" + language + "\\R(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(GUIDE));
        assertThat(block.find()).isTrue();
        return block.group(1);
    }

    @Test
    void theGuidesJavaScriptRunsWhereThereIsNode() throws Exception {
        Assumptions.assumeTrue(ServeProcess.isOnPath("node"), "no node on this machine");
        try (ServeProcess server = ServeProcess.start(List.of())) {
            Path script = Files.writeString(
                    folder.resolve("ask.mjs"), block("javascript").replace(":8080", ":" + server.port()));
            Process process = new ProcessBuilder("node", script.toString())
                    .redirectErrorStream(true)
                    .start();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            assertThat(output.codePoints().filter(Character::isIdeographic).count())
                    .isGreaterThan(15);
        }
    }

    @Test
    void keysComeFromAFile() throws Exception {
        Path keys = Files.writeString(folder.resolve("keys"), "\nfirst\n  second  \n");
        try (ServeProcess server = ServeProcess.start(List.of("--api-key-file", keys.toString()));
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/models"));
            assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
            HttpRequest withKey =
                    request.header("Authorization", "Bearer second").build();
            assertThat(client.send(withKey, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
    }
}
