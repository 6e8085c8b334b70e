package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code in the user guide is code that runs. */
class GuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "guide");
    private static final Path SOURCES = Path.of("src", "test", "java", "dev", "demitasse", "examples");
    private static final Pattern CODE = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
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

    @Test
    void comingFrom() throws IOException {
        assertThatCodeOf("coming-from.md", "ComingFromGuide.java");
        ComingFromGuide.run(DemoModel.path());
    }

    @Test
    void theIndexNamesEveryPage() throws IOException {
        String index = Files.readString(GUIDE.resolve("README.md"));
        try (Stream<Path> pages = Files.list(GUIDE)) {
            assertThat(pages.map(page -> page.getFileName().toString()).filter(page -> !page.equals("README.md")))
                    .hasSizeGreaterThan(10)
                    .allSatisfy(page -> assertThat(index).contains("(" + page + ")"));
        }
    }

    /** What people search for is what they see: the symptoms are quoted from the messages of the code. */
    @Test
    void troubleshootingQuotesMessagesThatExist() throws IOException {
        String sources = sources().replaceAll("\"\\s*\\+\\s*\"", "");
        List<String> quoted = Files.readAllLines(GUIDE.resolve("troubleshooting.md")).stream()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.substring(2, line.indexOf(" | ")))
                .flatMap(symptom -> QUOTED.matcher(symptom).results())
                .map(quote -> quote.group(1))
                .toList();
        assertThat(quoted)
                .hasSizeGreaterThan(20)
                .allSatisfy(quote -> assertThat(sources).contains(quote.replaceFirst("\\(.*\\)$", "")));
    }

    private static String sources() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String module : List.of("core", "sampling")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                for (Path file :
                        files.filter(each -> each.toString().endsWith(".java")).toList()) {
                    all.append(Files.readString(file));
                }
            }
        }
        return all.toString();
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
