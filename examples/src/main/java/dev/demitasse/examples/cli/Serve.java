package dev.demitasse.examples.cli;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.examples.server.ChatServer;
import dev.demitasse.examples.server.ServerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The model as a service for OpenAI's clients and for people with a browser. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Answers OpenAI's chat API under /v1 and shows a chat page at /. Ctrl-C ends it.",
            "Keys that clients must send are read from DEMITASSE_API_KEYS (separated by commas) or --api-key-file."
        })
final class Serve implements Callable<Integer> {
    private static final String KEYS_VARIABLE = "DEMITASSE_API_KEYS";

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelFiles.HELP)
    private @Nullable String model;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Address to listen on (default: ${DEFAULT-VALUE}, this machine only; 0.0.0.0 for all).")
    private String host = "";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "TCP port (default: ${DEFAULT-VALUE}; 0 for any free one).")
    private int port;

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "A file with a key on each line.")
    private @Nullable Path apiKeyFile;

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            description = "An origin whose web pages may use the server (https://app.example); repeatable.")
    private List<String> corsOrigins = List.of();

    @Option(
            names = "--allowed-host",
            paramLabel = "NAME",
            description = "A name for this server beside localhost, where a proxy stands before it; repeatable.")
    private List<String> allowedHosts = List.of();

    @Option(
            names = "--concurrent",
            paramLabel = "N",
            defaultValue = "16",
            description = "Replies written at the same time (default: ${DEFAULT-VALUE}).")
    private int concurrent;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "64",
            description = "Requests that may wait; more are refused with status 429 (default: ${DEFAULT-VALUE}).")
    private int queue;

    @Option(
            names = "--request-timeout",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description = "Most time for a reply, waiting included (default: ${DEFAULT-VALUE}).")
    private int requestTimeout;

    @Mixin
    private ModelArguments modelArguments = new ModelArguments();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter notes = spec.commandLine().getErr();
        ServerSettings settings = settings();
        try (LanguageModel loaded = modelArguments
                .loader(false)
                .load(ModelFiles.find(model, spec.commandLine().getErr()))) {
            notes.println(ModelReport.line(loaded.info()));
            loaded.warmUp();
            serve(loaded, settings, notes);
        } catch (UncheckedIOException e) {
            throw new Errors.CommandException(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private void serve(LanguageModel loaded, ServerSettings settings, PrintWriter notes)
            throws IOException, InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        try (ChatServer server = ChatServer.start(loaded, settings)) {
            // Ctrl-C and kill start the JVM's shutdown, which must wait until requests under way have ended.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                stop.countDown();
                awaitUninterrupted(stopped);
            }));
            notes.println("Listening on http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port()
                    + " - a chat page at /, OpenAI's API at /v1");
            if (!InetAddress.getByName(host).isLoopbackAddress() && apiKeys().isEmpty()) {
                notes.println(
                        "Everybody who reaches this address is answered: there are no keys, see " + KEYS_VARIABLE);
            }
            notes.flush();
            stop.await();
            notes.println("Shutting down: waiting for the replies under way");
            notes.flush();
        } finally {
            stopped.countDown();
        }
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private ServerSettings settings() throws IOException {
        try {
            return new ServerSettings()
                    .host(host)
                    .port(port)
                    .apiKeys(apiKeys())
                    .corsOrigins(corsOrigins)
                    .allowedHosts(allowedHosts)
                    .concurrent(concurrent)
                    .queue(queue)
                    .requestTimeout(Duration.ofSeconds(requestTimeout));
        } catch (IllegalArgumentException e) {
            throw new Errors.CommandException(String.valueOf(e.getMessage()));
        }
    }

    private List<String> apiKeys() throws IOException {
        List<String> keys = new ArrayList<>();
        String variable = System.getenv(KEYS_VARIABLE);
        if (variable != null) {
            keys.addAll(Arrays.asList(variable.split(",", -1)));
        }
        if (apiKeyFile != null) {
            keys.addAll(Files.readAllLines(apiKeyFile));
            if (keys.stream().allMatch(String::isBlank)) {
                throw new Errors.CommandException(apiKeyFile + " holds no key; write one on each line");
            }
        }
        return keys.stream().map(String::strip).filter(key -> !key.isEmpty()).toList();
    }
}
