package com.example.shop;

import dev.demitasse.chat.LanguageModel;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.inject.Inject;
import java.util.List;

/** A Quarkus application with a language model. */
@QuarkusMain
public class Main implements QuarkusApplication {
    enum Mood {
        HAPPY,
        NEUTRAL,
        ANGRY
    }

    record Ticket(String title, Mood mood, int urgency, List<String> products) {}

    @Inject
    LanguageModel model;

    @Override
    public int run(String... arguments) {
        try (var chat = model.newChat().options(o -> o.greedy()).start()) {
            System.out.println("kernels: " + model.info().kernels());
            System.out.println(
                    "class loader: " + getClass().getClassLoader().getClass().getSimpleName());
            System.out.println("poem: " + chat.ask("写一首关于月亮的诗"));
            Ticket ticket = chat.ask("Classify: my second kettle is broken again!", Ticket.class);
            System.out.println("mood: " + ticket.mood());
        }
        return 0;
    }
}
