package com.example.shop;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Tool;
import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.demo.DemoModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What applications write first, on the bundled model. Prints what it got, for a test to look at. */
public final class Main {
    enum Mood {
        HAPPY,
        NEUTRAL,
        ANGRY
    }

    record Ticket(String title, Mood mood, int urgency, List<String> products) {}

    static class Shop {
        @Tool("Price of a fruit in euros")
        double price(String fruit) {
            return fruit.equals("apple") ? 0.5 : 1;
        }
    }

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Path path = arguments.length == 0 ? DemoModel.path() : Path.of(arguments[0]);
        questions(path);
        try (var model = LanguageModel.load(path)) {
            System.out.println("kernels: " + model.info().kernels());
            streaming(model);
            structuredOutput(model);
            forkAndSave(model);
            cancellation(model);
        }
        tools();
    }

    private static void questions(Path path) {
        try (var model = LanguageModel.load(path);
                var chat = model.newChat().options(o -> o.greedy()).start()) {
            System.out.println(chat.ask("写一首关于月亮的诗"));
            System.out.println(chat.ask("写一首关于春天的诗"));
        }
    }

    private static void streaming(LanguageModel model) {
        try (var chat = model.chat()) {
            System.out.print("pulled: ");
            for (String piece : chat.send("写一首关于春天的诗", o -> o.greedy())) {
                System.out.print(piece);
            }
            System.out.print("\npushed: ");
            Reply reply = chat.send("Shorter", o -> o.temperature(0.2f).maxTokens(200))
                    .onText(System.out::print)
                    .await();
            System.out.println("\nfinish: " + reply.finish());
        }
    }

    private static void structuredOutput(LanguageModel model) {
        try (var chat = model.chat()) {
            Ticket ticket = chat.ask("Classify: my second kettle is broken again!", Ticket.class);
            System.out.println("mood: " + ticket.mood());
        }
    }

    private static void forkAndSave(LanguageModel model) throws Exception {
        Path file = Files.createTempDirectory("shop").resolve("chat.session");
        try (var base = model.newChat().system("春眠不觉晓，处处闻啼鸟。").start()) {
            base.preload("");
            try (var a = base.fork();
                    var b = base.fork()) {
                a.ask("Contract A ...", o -> o.maxTokens(20));
                b.ask("Contract B ...", o -> o.maxTokens(20));
                a.save(file);
            }
        }
        try (var again = model.newChat().restore(file).start()) {
            Reply reply =
                    again.send("Summarise what we said", o -> o.maxTokens(20)).await();
            System.out.println("restored: " + (reply.usage().cachedTokens() > 0));
        }
        Files.delete(file);
        Files.delete(file.getParent());
    }

    private static void cancellation(LanguageModel model) {
        try (var chat = model.chat()) {
            var turn = chat.send("Write a long story", o -> o.timeout(Duration.ofSeconds(5)));
            turn.cancel();
            System.out.println("partial: " + turn.await().finish());
        }
    }

    /** The bundled model knows no tools, so its part is played by a script. */
    private static void tools() {
        try (var model = ScriptedModel.replying()
                        .thenCalls("price", Map.of("fruit", "apple"))
                        .thenReplies("Two euros.");
                var chat = model.newChat().tools(new Shop()).start()) {
            System.out.println("tools: " + chat.ask("How much are four apples?"));
        }
    }
}
