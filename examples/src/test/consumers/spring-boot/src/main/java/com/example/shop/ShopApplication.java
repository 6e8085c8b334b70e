package com.example.shop;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.demo.DemoModel;
import java.util.List;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** A Spring Boot application with a language model: one bean, loaded once, closed with the application. */
@SpringBootApplication
public class ShopApplication {
    enum Mood {
        HAPPY,
        NEUTRAL,
        ANGRY
    }

    record Ticket(String title, Mood mood, int urgency, List<String> products) {}

    public static void main(String[] arguments) {
        SpringApplication.run(ShopApplication.class, arguments);
    }

    @Bean
    LanguageModel languageModel() {
        return LanguageModel.load(DemoModel.path());
    }

    @Bean
    CommandLineRunner answers(LanguageModel model) {
        return arguments -> {
            try (var chat = model.newChat().options(o -> o.greedy()).start()) {
                System.out.println("kernels: " + model.info().kernels());
                System.out.println("class loader: "
                        + getClass().getClassLoader().getClass().getSimpleName());
                System.out.println("poem: " + chat.ask("写一首关于月亮的诗"));
                Ticket ticket = chat.ask("Classify: my second kettle is broken again!", Ticket.class);
                System.out.println("mood: " + ticket.mood());
            }
        };
    }
}
