package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page on structured output says what is true. */
@Timeout(60)
class StructuredOutputGuideTest {
    private static final Path PAGE = Path.of("..", "docs", "guide", "structured-output.md");
    private static final Path CODE =
            Path.of("src", "test", "java", "dev", "demitasse", "chat", "StructuredOutputGuide.java");
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void theCodeOfThePageIsCodeThatRuns() throws IOException {
        String code = withoutLayout(Files.readString(CODE));
        List<String> blocks = BLOCK.matcher(Files.readString(PAGE))
                .results()
                .map(block -> withoutLayout(block.group(1)))
                .toList();
        assertThat(blocks).hasSize(7).allSatisfy(block -> assertThat(code).contains(block));
        try (var test = TestModel.withContext(
                        4000,
                        "{\"title\": \"Kettle\", \"mood\": \"ANGRY\", \"urgency\": 5, \"products\": [\"kettle\"]}",
                        "{\"customer\": \"Li Na\", \"payment\": {\"type\": \"Cash\", \"euros\": 5}, \"items\":"
                                + " {\"apple\": 3}}",
                        "yes",
                        "B-AB 12",
                        "[]",
                        "{\"city\": \"Paris\"}",
                        "- apple\n- pear\n- plum\n");
                var chat = test.chat()) {
            List<Object> results = StructuredOutputGuide.run(test.model, chat);
            assertThat(results.subList(2, 7))
                    .containsExactly("yes", "B-AB 12", List.of(), "{\"city\": \"Paris\"}", "- apple\n- pear\n- plum\n");
            assertThat(results.getFirst())
                    .hasToString(results.getLast().toString())
                    .asString()
                    .contains("urgency=5");
            assertThat(results.get(1).toString()).contains("Cash[euros=5]", "apple=3", "previous=null");
        }
    }

    private static String withoutLayout(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s+", "");
    }
}
