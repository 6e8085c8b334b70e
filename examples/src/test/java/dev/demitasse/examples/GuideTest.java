package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in the user guide is code that runs. */
class GuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "guide");
    private static final Path SOURCES = Path.of("src", "test", "java", "dev", "demitasse", "examples");
    private static final Pattern CODE = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern XML = Pattern.compile("(?s)```xml\n(.*?)```");

    @TempDir
    private static Path folder = Path.of("");

    @Test
    void memory() throws IOException {
        assertThatCodeOf("memory.md", "MemoryGuide.java");
        MemoryGuide.run(DemoModel.path(), folder.resolve("chat.session"));
    }

    @Test
    void concurrency() throws Exception {
        assertThatCodeOf("concurrency.md", "ConcurrencyGuide.java");
        ConcurrencyGuide.run(DemoModel.path());
    }

    @Test
    void setup() throws IOException {
        String sources = Files.readString(SOURCES.resolve("SetupGuide.java")) + consumers(".java");
        assertThatBlocksOf("setup.md", CODE, sources);
        assertThatBlocksOf("setup.md", XML, consumers("pom.xml"));
        SetupGuide.main();
        SetupGuide.vectorsOrNothing(DemoModel.path());
    }

    private static void assertThatCodeOf(String page, String source) throws IOException {
        assertThatBlocksOf(page, CODE, Files.readString(SOURCES.resolve(source)));
    }

    private static void assertThatBlocksOf(String page, Pattern kind, String sources) throws IOException {
        String code = withoutLayout(sources);
        var blocks = kind.matcher(Files.readString(GUIDE.resolve(page)));
        int count = 0;
        while (blocks.find()) {
            assertThat(code).contains(withoutLayout(blocks.group(1)));
            count++;
        }
        assertThat(count).as("blocks of code in " + page).isPositive();
    }

    /** What the applications consist of that are built and run by the smoke tests. */
    private static String consumers(String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "test", "consumers"))) {
            StringBuilder all = new StringBuilder();
            for (Path file :
                    files.filter(each -> each.toString().endsWith(suffix)).toList()) {
                all.append(Files.readString(file));
            }
            return all.toString();
        }
    }

    private static String withoutLayout(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s+", "");
    }
}
