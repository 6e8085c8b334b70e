package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The code on the pages of the guide is code that runs: each block is part of a test of this package. */
class GuideTest {
    private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");

    @ParameterizedTest
    @CsvSource({
        "models.md, ModelsGuideTest",
        "speculation.md, SpeculationGuideTest",
        "streaming.md, StreamingGuideTest",
        "tools.md, ToolsGuideTest",
        "testing.md, TestingGuideTest",
        "observing.md, ObservingGuideTest",
        "adapters.md, AdaptersGuideTest",
        "scoring.md, ScoringGuideTest"
    })
    void everyBlockIsInATest(String page, String test) throws IOException {
        String source = withoutLayout(
                Files.readString(Path.of("src", "test", "java", "dev", "demitasse", "guide", test + ".java")));
        var blocks = BLOCK.matcher(Files.readString(Path.of("..", "docs", "guide", page)));
        int count = 0;
        while (blocks.find()) {
            assertThat(source).as(page).contains(withoutLayout(blocks.group(1)));
            count++;
        }
        assertThat(count).isGreaterThan(1);
    }

    private static String withoutLayout(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s+", "");
    }
}
