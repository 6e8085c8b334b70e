package dev.demitasse.examples;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the built jar as a user does: as a process. */
final class ExecutableJar {
    private static final long SECONDS_AT_MOST = 120;
    static final Path JAR = Path.of("target", "demitasse.jar").toAbsolutePath();

    private ExecutableJar() {}

    /** What a process left behind. */
    record Result(int status, String out, String err) {
        List<String> errorLines() {
            return err.lines().toList();
        }
    }

    /** The java command of the JVM that runs the tests. */
    static Path thisJava() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** {@code java -jar demitasse.jar arguments}. */
    static Result run(String... arguments) throws IOException, InterruptedException {
        return runWithInput("", arguments);
    }

    static Result runWithInput(String input, String... arguments) throws IOException, InterruptedException {
        return runWithBytes(input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    static Result runWithBytes(byte[] input, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(thisJava().toString(), "-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        return runIn(Path.of(""), command, input, Map.of());
    }

    /** Runs any command, with these environment variables and none of those that would choose a Java or a pack. */
    static Result run(List<String> command, String input, Map<String, String> environment)
            throws IOException, InterruptedException {
        return runIn(Path.of(""), command, input.getBytes(StandardCharsets.UTF_8), environment);
    }

    /** As the other, in a folder. */
    static Result runIn(Path workingFolder, List<String> command, byte[] input, Map<String, String> environment)
            throws IOException, InterruptedException {
        return runIn(workingFolder, command, input, environment, SECONDS_AT_MOST);
    }

    /** As the other, for what takes longer. */
    static Result runIn(
            Path workingFolder, List<String> command, byte[] input, Map<String, String> environment, long secondsAtMost)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(JAR.getParent(), "smoke");
        File out = folder.resolve("out").toFile();
        File err = folder.resolve("err").toFile();
        File in = folder.resolve("in").toFile();
        Files.write(in.toPath(), input);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(workingFolder.toAbsolutePath().toFile())
                .redirectInput(in)
                .redirectOutput(out)
                .redirectError(err);
        builder.environment()
                .keySet()
                .removeAll(List.of("JAVA_HOME", "JAVA25_HOME", "JDK_JAVA_OPTIONS", "DEMITASSE_CONFORMANCE"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(secondsAtMost, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("no end after " + secondsAtMost + " s: " + command);
        }
        return new Result(process.exitValue(), text(out), text(err));
    }

    private static String text(File file) throws IOException {
        return new String(Files.readAllBytes(file.toPath()), StandardCharsets.UTF_8);
    }
}
