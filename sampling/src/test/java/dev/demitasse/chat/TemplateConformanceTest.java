package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import dev.demitasse.tokenizer.TokenizerJson;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every {@code chat_template.jsonl} of the conformance pack: what transformers makes of conversations. */
class TemplateConformanceTest {
    @Test
    void textAndTokenIdsEqualThoseOfTransformers() throws IOException {
        Path pack = ConformanceReport.pack();
        List<String> failures = new ArrayList<>();
        try (ConformanceReport report = new ConformanceReport("chat_template");
                Stream<Path> folders = Files.list(pack)) {
            List<Path> withTemplates = folders.filter(folder -> Files.exists(folder.resolve("chat_template.jsonl")))
                    .sorted()
                    .toList();
            assertThat(withTemplates).isNotEmpty();
            for (Path folder : withTemplates) {
                runFolder(folder, report, failures);
            }
        }
        assertThat(failures).isEmpty();
    }

    private static void runFolder(Path folder, ConformanceReport report, List<String> failures) throws IOException {
        String file = folder.getFileName() + "/chat_template.jsonl";
        Tokenizer tokenizer = tokenizer(folder);
        ChatTemplate template = ChatTemplate.ofFolder(folder);
        List<Map<String, @Nullable Object>> examples = ConformanceCases.read(folder.resolve("chat_template.jsonl"));
        assertThat(examples).as(file).isNotEmpty();
        for (Map<String, @Nullable Object> example : examples) {
            report.started(file);
            String difference = difference(template, tokenizer, example);
            if (difference == null) {
                report.passed(file);
            } else {
                failures.add(file + " " + example.get("id") + ": " + difference);
            }
        }
    }

    private static @Nullable String difference(
            ChatTemplate template, Tokenizer tokenizer, Map<String, @Nullable Object> example) {
        Rendering rendering;
        try {
            rendering = template.render(OpenAiJson.readTemplateInput(PythonJson.write(example)));
        } catch (TemplateException refused) {
            return example.containsKey("error") ? null : "refused: " + refused.getMessage();
        }
        String text = rendering.text();
        if (example.containsKey("error")) {
            return "wrote what transformers refuses: " + text;
        }
        if (!text.equals(example.get("text"))) {
            return "wrote " + text + "\nexpected " + example.get("text");
        }
        int[] ids = ConformanceCases.ints(example.get("ids"));
        int[] got = tokenizer.encode(text, SpecialTokens.ALL);
        if (!Arrays.equals(got, ids)) {
            return "ids of the text are " + Arrays.toString(got) + ", expected " + Arrays.toString(ids);
        }
        // where the template itself looks at what callers wrote, the pack has no safe ids
        if (Objects.equals(example.get("safe_render_differs"), true)) {
            return null;
        }
        int[] safe = example.containsKey("ids_safe") ? ConformanceCases.ints(example.get("ids_safe")) : ids;
        int[] gotSafe = rendering.encode(tokenizer);
        return Arrays.equals(gotSafe, safe)
                ? null
                : "safe ids are " + Arrays.toString(gotSafe) + ", expected " + Arrays.toString(safe);
    }

    private static Tokenizer tokenizer(Path folder) throws IOException {
        if (Files.exists(folder.resolve("tokenizer.json"))) {
            return TokenizerJson.load(folder.resolve("tokenizer.json"));
        }
        try (InputStream in = new BufferedInputStream(
                new GZIPInputStream(Files.newInputStream(folder.resolve("tokenizer.json.gz"))))) {
            return TokenizerJson.load(in);
        }
    }
}
