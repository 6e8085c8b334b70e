package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages of this project say about its code is true. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
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

    @Test
    void linksBetweenPagesLeadSomewhere() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path page : files.filter(DocumentationTest::isPage).toList()) {
                LINK.matcher(Files.readString(page))
                        .results()
                        .map(link -> link.group(1))
                        .filter(link -> !link.contains(":") && !link.startsWith("#"))
                        .forEach(link -> assertThat(page.resolveSibling(link.replaceFirst("#.*", "")))
                                .as("link in " + ROOT.relativize(page))
                                .exists());
            }
        }
    }

    private static boolean isPage(Path file) {
        return file.toString().endsWith(".md")
                && !ROOT.relativize(file).toString().contains("target");
    }

    @Test
    void theReadmesCodeIsCodeThatRuns() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String block = readme.substring(readme.indexOf("```java") + 7);
        String snippet = block.substring(0, block.indexOf("```"))
                .replace("Path.of(\"qwen2.5-0.5b-instruct-q8_0.gguf\")", "path");
        String source =
                Files.readString(Path.of("src", "test", "java", "dev", "demitasse", "examples", "ReadmeSnippet.java"));
        assertThat(withoutLayout(source)).contains(withoutLayout(snippet));
        ReadmeSnippet.run(DemoModel.path());
    }

    private static String withoutLayout(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s+", "");
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
