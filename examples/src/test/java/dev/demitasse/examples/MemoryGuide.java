package dev.demitasse.examples;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.MemoryEstimate;
import dev.demitasse.chat.Message;
import dev.demitasse.chat.Reply;
import java.nio.file.Path;
import java.util.List;

/** The code of docs/guide/memory.md, so that it compiles and runs. */
@SuppressWarnings("UnusedVariable") // The page shows what there is, not what to do with it.
final class MemoryGuide {
    private MemoryGuide() {}

    static void run(Path path, Path file) {
        try (LanguageModel model = LanguageModel.load(path)) {
            try (ChatSession chat = model.chat()) {
                conversation(chat);
                saving(model, chat, file);
            }
            forks(model, "A policy.");
            overflow(model);
        }
        budget(path);
        planning(path);
    }

    private static void conversation(ChatSession chat) {
        Reply first = chat.send("写一首关于月亮的诗").await();
        Reply second = chat.send("再写一首关于春天的诗").await();
        System.out.println(second.usage());

        chat.preload("写一首关于");
        String answer = chat.ask("写一首关于江水的诗");
    }

    private static void forks(LanguageModel model, String policy) {
        try (var base = model.newChat().system(policy).start()) {
            base.preload("");
            try (var a = base.fork();
                    var b = base.fork()) {
                a.ask("Contract A ...");
                b.ask("Contract B ...");
            }
        }
    }

    private static void overflow(LanguageModel model) {
        var chat = model.newChat()
                .overflow((history, room) -> List.of(Message.user("Before: " + summary(history))))
                .start();
        chat.close();
    }

    private static String summary(List<Message> history) {
        return history.size() + " messages";
    }

    private static void saving(LanguageModel model, ChatSession chat, Path file) {
        chat.save(file);
        try (var again = model.newChat().restore(file).start()) {
            System.out.println(again.ask("再写一首"));
        }
    }

    private static void budget(Path path) {
        var model =
                LanguageModel.loader().kvBudget(256L << 20).contextSize(1024).load(path);
        model.close();
    }

    private static void planning(Path path) {
        MemoryEstimate estimate = LanguageModel.estimate(path);
        System.out.println(estimate);
        long twenty = estimate.total(20);
    }
}
