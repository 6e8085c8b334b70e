package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in the user guide is code that runs. */
class GuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "guide");
    private static final Path SOURCES = Path.of("src", "test", "java", "dev", "demitasse", "examples");
    private static final Pattern CODE = Pattern.compile("(?s)```java\n(.*?)```");

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

    private static void assertThatCodeOf(String page, String source) throws IOException {
        String code = withoutLayout(Files.readString(SOURCES.resolve(source)));
        var blocks = CODE.matcher(Files.readString(GUIDE.resolve(page)));
        int count = 0;
        while (blocks.find()) {
            assertThat(code).contains(withoutLayout(blocks.group(1)));
            count++;
        }
        assertThat(count).as("blocks of Java in " + page).isPositive();
    }

    private static String withoutLayout(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s+", "");
    }
}
