package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.AdapterFolder;
import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/guide/adapters.md. */
@Timeout(60)
class AdaptersGuideTest {
    @TempDir
    private Path folder;

    @Test
    void oneModelDoesSeveralJobs() throws IOException {
        Path support = AdapterFolder.write(folder.resolve("support"), new Random(1), 0.1f);
        String question = "你好";
        try (var model = LanguageModel.load(DemoModel.path())) {
            try (var adapter = model.loadAdapter(support);
                    var helpDesk = model.newChat().adapter(adapter).start();
                    var anything = model.chat()) {
                String answer = helpDesk.ask(question);

                assertThat(answer).isNotEqualTo("");
                assertThat(anything.ask(question)).isNotEmpty();
                var request =
                        ChatRequest.builder().user(question).adapter(adapter).build();
                assertThat(model.send(request).await().text()).isNotNull();
            }
        }
        Path path = DemoModel.path();
        try (var model = LanguageModel.loader().adapter(support, 0.8f).load(path)) {
            assertThat(model.info().name()).isNotEmpty();
        }
    }
}
