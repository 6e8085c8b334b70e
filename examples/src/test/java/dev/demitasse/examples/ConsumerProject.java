package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.examples.ExecutableJar.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An application in {@code src/test/consumers}, copied to {@code target}, built by a Maven of its own and started as a
 * process. It finds Demitasse where {@code mvn install} would put it: in a local repository, here one that links to the
 * user's for everything else, so that nothing of this build is left in the user's.
 */
final class ConsumerProject {
    static final String VECTOR_FLAG = "--add-modules=jdk.incubator.vector";
    /** What the JVM itself writes when an incubator module is in use. */
    static final String JVM_NOTE = "WARNING: Using incubator modules: jdk.incubator.vector";

    private static final String VERSION = System.getProperty("demitasse.test.version");
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path WORK = Path.of("target", "consumers").toAbsolutePath();
    /** Long enough to fetch what the frameworks' plugins consist of. */
    private static final long BUILD_SECONDS = 580;

    private final Path folder;
    private final Path repository;

    private ConsumerProject(Path folder, Path repository) {
        this.folder = folder;
        this.repository = repository;
    }

    /** Copies and builds the application of that name. */
    static ConsumerProject build(String name) throws IOException, InterruptedException {
        Path folder = WORK.resolve(name);
        delete(folder);
        copy(Path.of("src", "test", "consumers", name), folder);
        ConsumerProject project = new ConsumerProject(folder, installed());
        Result built = project.maven("package");
        assertThat(built.status()).as(built.out() + built.err()).isZero();
        return project;
    }

    /** A file of the built application. */
    Path file(String path) {
        return folder.resolve(path);
    }

    /** Runs Maven in the application's folder, on the JDK that runs the tests. */
    Result maven(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("demitasse.test.maven"),
                "--batch-mode",
                "--no-transfer-progress",
                "--quiet",
                "-Dmaven.repo.local=" + repository,
                "-Ddemitasse.version=" + VERSION));
        if (System.getProperty("demitasse.test.offline").endsWith("true")) {
            command.add("--offline");
        }
        command.addAll(List.of(arguments));
        return ExecutableJar.runIn(
                folder, command, new byte[0], Map.of("JAVA_HOME", System.getProperty("java.home")), BUILD_SECONDS);
    }

    /** Runs {@code java} in the application's folder. */
    Result java(String... arguments) throws IOException, InterruptedException {
        return java(Map.of(), arguments);
    }

    /** As the other, with these environment variables. */
    Result java(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ExecutableJar.thisJava().toString()));
        command.addAll(List.of(arguments));
        return ExecutableJar.runIn(folder, command, new byte[0], environment);
    }

    /** The rest of the line of the output that begins with the key. */
    static String value(Result result, String key) {
        return result.out()
                .lines()
                .filter(line -> line.startsWith(key + ": "))
                .map(line -> line.substring(key.length() + 2))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + key + " in:\n" + result.out() + result.err()));
    }

    private static Path installed() throws IOException {
        Path repository = WORK.resolve("repository");
        Path users = Path.of(System.getProperty("demitasse.test.localRepository"));
        linkFolders(users, repository, "dev");
        linkFolders(users.resolve("dev"), repository.resolve("dev"), "demitasse");
        delete(repository.resolve("dev").resolve("demitasse"));
        install(repository, "demitasse-parent", ROOT);
        install(repository, "demitasse-bom", ROOT.resolve("build-tools").resolve("bom"));
        install(repository, "demitasse-tokenizer", ROOT.resolve("tokenizer"));
        install(repository, "demitasse-core", ROOT.resolve("core"));
        install(repository, "demitasse", ROOT.resolve("sampling"));
        install(repository, "demitasse-demo-model", ROOT.resolve("examples").resolve("demo-model"));
        return repository;
    }

    private static void install(Path repository, String artifact, Path module) throws IOException {
        Path target = Files.createDirectories(
                repository.resolve("dev").resolve("demitasse").resolve(artifact).resolve(VERSION));
        String name = artifact + "-" + VERSION;
        Files.copy(module.resolve("pom.xml"), target.resolve(name + ".pom"));
        Path jar = module.resolve("target").resolve(name + ".jar");
        if (!Files.readString(module.resolve("pom.xml")).contains("<packaging>pom</packaging>")) {
            Files.copy(jar, target.resolve(name + ".jar"));
        }
    }

    private static void linkFolders(Path from, Path to, String except) throws IOException {
        Files.createDirectories(to);
        if (!Files.isDirectory(from)) {
            return;
        }
        try (Stream<Path> folders = Files.list(from)) {
            for (Path each : folders.filter(Files::isDirectory).toList()) {
                Path link = to.resolve(each.getFileName());
                if (!each.endsWith(except) && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(link, each);
                }
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
