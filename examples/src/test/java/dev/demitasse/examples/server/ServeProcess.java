package dev.demitasse.examples.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The built jar's {@code serve} command as a process. */
final class ServeProcess implements AutoCloseable {
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Pattern LISTENING = Pattern.compile("Listening on http://127\\.0\\.0\\.1:(\\d+)");
    private static final int SECONDS_TO_START = 60;
    private static final int SECONDS_TO_END = 30;

    private final Process process;
    private final Path log;
    private final int port;

    /** How the process ended, and what it had said. */
    record Exit(int status, String log) {}

    private ServeProcess(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /** Starts a server on a free port, and waits until it listens. */
    static ServeProcess start(List<String> arguments) throws IOException, InterruptedException {
        Path log = Files.createTempFile(TARGET, "serve", ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                TARGET.resolve("demitasse.jar").toString(),
                "serve",
                "--port",
                "0"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_TO_START);
        while (process.isAlive() && System.nanoTime() < end) {
            Matcher listening = LISTENING.matcher(Files.readString(log));
            if (listening.find()) {
                return new ServeProcess(process, log, Integer.parseInt(listening.group(1)));
            }
            Thread.sleep(50);
        }
        process.destroyForcibly();
        throw new AssertionError("the server did not start: " + Files.readString(log));
    }

    static boolean isOnPath(String name) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    int port() {
        return port;
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** Asks the process to end, as a service manager does, and waits until it has. */
    Exit terminate() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
            throw new AssertionError("no end after " + SECONDS_TO_END + " s: " + log());
        }
        return new Exit(process.exitValue(), log());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
