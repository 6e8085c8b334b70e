package dev.demitasse.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoModelTest {
    @TempDir
    private Path folder;

    @Test
    void onTheFileSystemTheFileItselfIsGiven() throws Exception {
        assertThat(DemoModel.path()).isRegularFile().hasFileName("quatrain-q8_0.gguf");
        try (var in = Files.newInputStream(DemoModel.path())) {
            assertThat(in.readNBytes(4)).isEqualTo(new byte[] {'G', 'G', 'U', 'F'});
        }
    }

    @Test
    void insideAJarItIsCopiedOut() throws Exception {
        Path jar = jarOfTheModule();
        try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            Path copied = (Path) loader.loadClass("dev.demitasse.demo.DemoModel")
                    .getMethod("path")
                    .invoke(null);
            assertThat(copied).hasSameBinaryContentAs(DemoModel.path());
        }
    }

    @Test
    void aDamagedCopyIsReplaced() throws Exception {
        byte[] content = {1, 2, 3, 4};
        Path copy = DemoModel.copyInto(folder, content);
        Files.write(copy, new byte[] {1, 2, 3, 5});
        assertThat(DemoModel.copyInto(folder, content)).isEqualTo(copy).hasBinaryContent(content);
    }

    @Test
    void concurrentFirstUsesAllGetACompleteFileAndLeaveNothingElse() throws Exception {
        byte[] content = new byte[1 << 20];
        CyclicBarrier together = new CyclicBarrier(8);
        Set<Path> copies = new HashSet<>();
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Callable<Path>> tasks = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                tasks.add(() -> {
                    together.await();
                    Path copy = DemoModel.copyInto(folder, content);
                    assertThat(copy).hasBinaryContent(content);
                    return copy;
                });
            }
            for (var copy : threads.invokeAll(tasks)) {
                copies.add(copy.get());
            }
        }
        assertThat(copies).hasSize(1);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyElementsOf(copies);
        }
    }

    private Path jarOfTheModule() throws Exception {
        Path classes = DemoModel.path().resolve("../../../..").normalize();
        Path jar = folder.resolve("demo model.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                out.putNextEntry(
                        new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
        return jar;
    }
}
