package dev.demitasse.examples.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaHomesTest {
    @TempDir
    private Path machine;

    @Test
    void theOldestThatIsRecentEnoughIsTaken() throws IOException {
        installation("jdk-17", "17.0.15");
        Path wanted = installation("jdk-25", "25.0.3");
        installation("jdk-26", "26");
        assertThat(JavaHomes.oldestSupported(25, List.of(machine))).contains(wanted);
    }

    @Test
    void aBundleOfMacOsHasItsHomeInside() throws IOException {
        Path home = installation("temurin-25.jdk/Contents/Home", "25");
        assertThat(JavaHomes.oldestSupported(25, List.of(machine))).contains(home);
    }

    @Test
    void foldersWithoutAJavaOrWithoutAVersionAreNoInstallations() throws IOException {
        Files.createDirectories(machine.resolve("empty"));
        Path noVersion = installation("strange", "25");
        Files.writeString(noVersion.resolve("release"), "IMPLEMENTOR=\"somebody\"\n");
        Path noJava = Files.createDirectories(machine.resolve("no-java"));
        Files.writeString(noJava.resolve("release"), "JAVA_VERSION=\"25\"\n");
        assertThat(JavaHomes.oldestSupported(25, List.of(machine, machine.resolve("absent"))))
                .isEmpty();
    }

    private Path installation(String folder, String version) throws IOException {
        Path home = machine.resolve(folder);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("bin").resolve("java"), "");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }
}
