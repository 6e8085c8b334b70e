package dev.demitasse.examples;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import java.nio.file.Path;

/** The code of README.md, so that it compiles and runs. */
final class ReadmeSnippet {
    private ReadmeSnippet() {}

    @SuppressWarnings("UnusedVariable") // The page shows what a reply is, not what to do with it.
    static void run(Path path) {
        try (var model = LanguageModel.load(path);
                var chat = model.chat()) {
            System.out.println(chat.ask("Why is the sky blue?"));
            System.out.println(chat.ask("And at sunset?"));

            for (String piece : chat.send("Tell me about Java 25")) {
                System.out.print(piece);
            }
            Reply reply = chat.send("Shorter", o -> o.temperature(0.2f).maxTokens(200))
                    .onText(System.out::print)
                    .await();
        }
    }
}
