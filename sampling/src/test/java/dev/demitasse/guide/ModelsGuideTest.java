package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.CachedModel;
import dev.demitasse.chat.DownloadException;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.IncompleteReplyException;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelHub;
import dev.demitasse.chat.ModelQuantizer;
import dev.demitasse.chat.RandomGguf;
import dev.demitasse.chat.WeightFormat;
import dev.demitasse.demo.DemoModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The code of models.md, with the demonstration model under the name of a larger one in a cache without a network. */
@Timeout(60)
class ModelsGuideTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    private Path temporary;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    @BeforeAll
    static void putAModelIntoTheCache() throws IOException {
        Path repository = Path.of(System.getenv("HF_HOME"), "hub", "models--Qwen--Qwen2.5-0.5B-Instruct-GGUF");
        Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(COMMIT));
        Files.copy(
                DemoModel.path(),
                snapshot.resolve("qwen2.5-0.5b-instruct-q8_0.gguf"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(Files.createDirectories(repository.resolve("refs")).resolve("main"), COMMIT);
    }

    @Test
    void byName() {
        try (var model = LanguageModel.load("hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q8_0.gguf");
                var chat = model.chat()) {
            out.println(chat.ask("Why is the sky blue?"));
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isNotBlank();
    }

    @Test
    void withProgress() {
        ModelHub hub = ModelHub.builder()
                .onProgress(
                        p -> out.println(p.file() + ": " + p.done() + " of " + p.total() + ", licence " + p.licence()))
                .build();
        Path file = hub.fetch("qwen2.5-0.5b");
        for (CachedModel model : hub.list()) {
            out.println(model.name() + ": " + model.bytes() + " bytes in " + model.path());
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains(file.toString());
    }

    @Test
    void smaller() throws IOException {
        Path folder = RandomGguf.write(temporary);
        Path file = temporary.resolve("small.gguf");
        ModelQuantizer.to(WeightFormat.Q4_K_M)
                .onProgress(share -> out.println((int) (100 * share) + " %"))
                .write(folder, file);
        assertThat(printed.toString(StandardCharsets.UTF_8).lines())
                .startsWith("0 %")
                .endsWith("100 %");
        assertThat(file).exists();
    }

    @Test
    void smallerWhileItIsLoaded() throws IOException {
        Path folder = RandomGguf.write(temporary);
        try (var model = LanguageModel.loader().quantize(WeightFormat.Q8_0).load(folder);
                var chat = model.chat()) {
            out.println(chat.ask("Why is the sky blue?"));
        } catch (IncompleteReplyException e) {
            // Weights of random numbers end a reply by chance, or fill the context.
            assertThat(e.reply().finish()).isEqualTo(Finish.CONTEXT_FULL);
            out.println(e.reply().text());
        }
        assertThat(printed.size()).isPositive();
    }

    @Test
    void whatIsNotHereIsATypedErrorThatSaysWhatToDo() {
        assertThatThrownBy(() -> LanguageModel.load("hf:Qwen/absent"))
                .isInstanceOf(DownloadException.class)
                .hasMessageContaining("HF_HUB_OFFLINE");
        assertThatThrownBy(() -> LanguageModel.load("hf:absent")).isInstanceOf(IllegalArgumentException.class);
    }
}
