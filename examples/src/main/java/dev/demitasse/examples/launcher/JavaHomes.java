package dev.demitasse.examples.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The Java installations of this machine. */
final class JavaHomes {
    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");

    // Folders that hold one installation each, as package managers, installers and tools of the trade make them.
    private static final List<String> FOLDERS_OF_INSTALLATIONS = List.of(
            "/usr/lib/jvm",
            "/usr/lib64/jvm",
            "/usr/java",
            "/opt/java",
            "/opt",
            "/Library/Java/JavaVirtualMachines",
            "/opt/homebrew/opt",
            "/usr/local/opt",
            "C:\\Program Files\\Java",
            "C:\\Program Files\\Eclipse Adoptium",
            "C:\\Program Files\\Microsoft",
            "C:\\Program Files\\Zulu",
            "C:\\Program Files\\Amazon Corretto",
            "~/Library/Java/JavaVirtualMachines",
            "~/.sdkman/candidates/java",
            "~/.jdks",
            "~/.gradle/jdks",
            "~/.asdf/installs/java",
            "~/.local/share/mise/installs/java");

    // Where an installation's home is inside its folder: macOS bundles and Homebrew put it deeper.
    private static final List<String> HOME_INSIDE = List.of("", "Contents/Home", "libexec/openjdk.jdk/Contents/Home");

    private JavaHomes() {}

    /** The installation named by JAVA25_HOME or JAVA_HOME if recent enough, else the oldest that is, else empty. */
    static Optional<Path> oldestSupported(int oldest) {
        for (String variable : List.of("JAVA25_HOME", "JAVA_HOME")) {
            Path home = path(System.getenv(variable));
            if (home != null && release(home).orElse(0) >= oldest) {
                return Optional.of(home);
            }
        }
        return oldestSupported(oldest, foldersToSearch());
    }

    static Optional<Path> oldestSupported(int oldest, List<Path> folders) {
        return folders.stream()
                .flatMap(folder -> installations(folder).stream())
                .filter(home -> release(home).orElse(0) >= oldest)
                .min(Comparator.comparingInt((Path home) -> release(home).orElseThrow())
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Main version of the installation at {@code home}; empty when there is none. */
    static OptionalInt release(Path home) {
        Path bin = home.resolve("bin");
        if (!Files.isRegularFile(bin.resolve("java")) && !Files.isRegularFile(bin.resolve("java.exe"))) {
            return OptionalInt.empty();
        }
        try {
            Matcher version = VERSION.matcher(Files.readString(home.resolve("release")));
            return version.find() ? OptionalInt.of(Integer.parseInt(version.group(1))) : OptionalInt.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    private static List<Path> foldersToSearch() {
        List<Path> folders = new ArrayList<>();
        for (String name : FOLDERS_OF_INSTALLATIONS) {
            Path folder = path(name.replaceFirst("^~", Matcher.quoteReplacement(System.getProperty("user.home"))));
            if (folder != null) {
                folders.add(folder);
            }
        }
        return folders;
    }

    private static List<Path> installations(Path folder) {
        List<Path> homes = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                HOME_INSIDE.forEach(inside -> homes.add(child.resolve(inside)));
            }
        } catch (IOException e) {
            // No such folder on this machine, or not ours to read.
        }
        return homes;
    }

    private static @Nullable Path path(@Nullable String name) {
        try {
            return name == null || name.isBlank() ? null : Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
