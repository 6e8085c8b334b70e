package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table in docs/ARCHITECTURE.md names classes and methods that exist. */
class ArchitecturePageTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern STOP = Pattern.compile("^\\| \\d+ \\|.*\\| `(\\w+)\\.(\\w+)` \\|$");

    @Test
    void everyStopOnThePathOfATokenExists() throws IOException {
        List<String> page = Files.readAllLines(ROOT.resolve("docs").resolve("ARCHITECTURE.md"));
        List<String> rows =
                page.stream().filter(line -> line.matches("^\\| \\d+ \\|.*")).toList();
        assertThat(rows)
                .hasSizeGreaterThan(10)
                .allMatch(row -> STOP.matcher(row).matches());
        for (String row : rows) {
            var stop = STOP.matcher(row);
            assertThat(stop.matches()).isTrue();
            assertThat(methodsOf(stop.group(1))).as(row).contains(stop.group(2));
        }
    }

    private static List<String> methodsOf(String simpleName) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            List<String> names = files.filter(file -> file.endsWith(simpleName + ".java"))
                    .map(file -> ROOT.relativize(file).toString().replace('\\', '/'))
                    .filter(file -> file.contains("/src/main/java/"))
                    .map(file -> file.replaceFirst("^.*/src/main/java/", "")
                            .replaceFirst("\\.java$", "")
                            .replace('/', '.'))
                    .toList();
            assertThat(names).as("sources of " + simpleName).hasSize(1);
            return Arrays.stream(Class.forName(names.get(0)).getDeclaredMethods())
                    .map(Method::getName)
                    .toList();
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
