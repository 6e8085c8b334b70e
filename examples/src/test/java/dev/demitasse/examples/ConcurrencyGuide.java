package dev.demitasse.examples;

import dev.demitasse.chat.LanguageModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The code of docs/guide/concurrency.md, so that it compiles and runs. */
final class ConcurrencyGuide {
    private ConcurrencyGuide() {}

    static void run(Path path) throws Exception {
        try (LanguageModel model = LanguageModel.load(path)) {
            share(model, List.of("写一首关于月亮的诗", "写一首关于江水的诗", "写一首关于梅花的诗"));
        }
        limits(path);
    }

    private static void share(LanguageModel model, List<String> questions) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (String question : questions) {
                answers.add(threads.submit(() -> {
                    try (var chat = model.chat()) {
                        return chat.ask(question);
                    }
                }));
            }
            for (Future<String> answer : answers) {
                System.out.println(answer.get());
            }
        }
    }

    private static void limits(Path path) {
        var model = LanguageModel.loader()
                .kvBudget(512L << 20)
                .concurrency(16)
                .maxWaiting(100)
                .maxWait(Duration.ofSeconds(20))
                .load(path);
        model.close();
    }
}
