package dev.demitasse.examples;

import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Message;
import dev.demitasse.chat.Overflow;
import dev.demitasse.chat.Reply;
import java.nio.file.Path;
import java.util.List;

/** The code of docs/guide/coming-from.md, so that it compiles and runs. */
final class ComingFromGuide {
    private ComingFromGuide() {}

    static void run(Path path) {
        try (LanguageModel model = LanguageModel.load(path);
                ChatSession chat = model.newChat()
                        .system("You are brief.")
                        .overflow(Overflow.dropOldest())
                        .start()) {
            chat.send("Tell me a joke about Java").onText(System.out::print).await();
        }
        try (LanguageModel model = LanguageModel.load(path)) {
            System.out.println(stateless(model).text());
        }
    }

    private static Reply stateless(LanguageModel model) {
        ChatRequest request = ChatRequest.builder()
                .messages(List.of(Message.system("You are brief."), Message.user("And at sunset?")))
                .build();
        Reply reply = model.send(request).await();
        return reply;
    }
}
