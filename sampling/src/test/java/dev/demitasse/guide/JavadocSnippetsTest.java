package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.demitasse.chat.ChatRequest;
import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Message;
import dev.demitasse.chat.ModelHub;
import dev.demitasse.chat.ModelQuantizer;
import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Score;
import dev.demitasse.chat.Tool;
import dev.demitasse.chat.WeightFormat;
import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The snippets of the Javadoc are code that runs: each is part of a method below. */
@Timeout(60)
@SuppressWarnings({"UnusedVariable", "UnusedMethod"}) // Snippets show what there is, not what to do with it.
class JavadocSnippetsTest {
    private static final Pattern SNIPPET = Pattern.compile("(?s)\\{@snippet :\\n(.*?)\\n \\* \\}\\n \\*(?:\\n|/)");
    /** Files that a snippet names stand for the bundled model. */
    private static final Pattern FILE = Pattern.compile("Path\\.of\\(\"[^\"]+\"\\)");

    @Test
    void everySnippetIsInThisTest() throws IOException {
        String here = withoutLayout(Files.readString(
                Path.of("src", "test", "java", "dev", "demitasse", "guide", "JavadocSnippetsTest.java")));
        List<String> snippets = snippets();
        assertThat(snippets)
                .hasSizeGreaterThanOrEqualTo(10)
                .allSatisfy(snippet -> assertThat(here)
                        .contains(withoutLayout(FILE.matcher(snippet).replaceAll("DemoModel.path()"))));
    }

    private static List<String> snippets() throws IOException {
        List<String> snippets = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                SNIPPET.matcher(Files.readString(file))
                        .results()
                        .forEach(snippet -> snippets.add(snippet.group(1).replaceAll("(?m)^ \\*", "")));
            }
        }
        return snippets;
    }

    private static String withoutLayout(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s+", "");
    }

    @Test
    void scoring() {
        try (var model = LanguageModel.load(DemoModel.path())) {
            List<Score> scores = model.score("这部电影太好看了。评价：", List.of("好", "坏"));
            boolean good = scores.get(0).logProbability() > scores.get(1).logProbability();
        }
    }

    @Test
    void languageModel() {
        try (var model = LanguageModel.load(DemoModel.path());
                var chat = model.chat()) {
            System.out.println(chat.ask("Why is the sky blue?"));
            System.out.println(chat.ask("And at sunset?"));
        }
    }

    @Test
    void chatSession() {
        try (var model = ScriptedModel.replying("Air scatters blue light.", "Red.")) {
            try (var chat =
                    model.newChat().system("You answer in one sentence.").start()) {
                String answer = chat.ask("Why is the sky blue?");
                try (var other = chat.fork()) {
                    other.ask("And at sunset?");
                }
                chat.rewind(2);
            }
        }
    }

    @Test
    void generation() {
        try (var model = ScriptedModel.replying("It is out.", "Out.");
                var chat = model.chat()) {
            for (String piece : chat.send("Tell me about Java 25")) {
                System.out.print(piece);
            }
            Reply reply = chat.send("Shorter", o -> o.temperature(0.2f).maxTokens(200))
                    .onText(System.out::print)
                    .await();
        }
    }

    @Test
    void chatOptions() {
        try (var model = ScriptedModel.replying("Air scatters blue light.", "Air.")) {
            try (var chat = model.newChat()
                    .options(o -> o.temperature(0.2).maxTokens(200))
                    .start()) {
                chat.ask("Why is the sky blue?");
                chat.ask("In five words?", o -> o.maxTokens(20));
            }
        }
    }

    @Test
    void chatRequest() {
        try (var model = ScriptedModel.replying("Air.")) {
            ChatRequest request = ChatRequest.builder()
                    .system("Be brief.")
                    .user("Why is the sky blue?")
                    .build();
            String text = model.send(request).await().text();
        }
    }

    @Test
    void tool() {
        try (var model = ScriptedModel.replying()
                .thenCalls("price", Map.of("fruit", "apple"))
                .thenReplies("Two euros.")) {
            class Shop {
                @Tool("Price of a fruit in euros")
                double price(String fruit) {
                    return fruit.equals("apple") ? 0.5 : 1;
                }
            }
            try (var chat = model.newChat().tools(new Shop()).start()) {
                System.out.println(chat.ask("How much are four apples?"));
            }
        }
    }

    @Test
    void outputType() {
        try (var model = LanguageModel.load(DemoModel.path());
                var chat = model.chat()) {
            enum Mood {
                HAPPY,
                NEUTRAL,
                ANGRY
            }
            record Ticket(String title, Mood mood, int urgency, List<String> products) {}
            Ticket ticket = chat.ask("Classify: my second kettle is broken again!", Ticket.class);
        }
    }

    @Test
    void overflow() {
        try (var model = ScriptedModel.replying("Yes.")) {
            var chat = model.newChat()
                    .overflow((history, room) -> List.of(Message.user("Before: " + summary(history))))
                    .start();
            closing(chat);
        }
    }

    private static String summary(List<Message> history) {
        return history.size() + " messages";
    }

    private static void closing(ChatSession chat) {
        chat.close();
    }

    @Test
    void scriptedModel() {
        try (var model = ScriptedModel.replying("Hello!").thenReplies("Goodbye!");
                var chat = model.chat()) {
            assertEquals("Hello!", chat.ask("Hi"));
            assertEquals("Goodbye!", chat.ask("Bye"));
        }
    }

    @Test
    void rawModel() {
        try (var model = RawModel.load(DemoModel.path());
                var sequence = model.newSequence()) {
            float[] logits = sequence.append(100, 200, 300);
        }
    }

    /** Compiled and not run: it would fetch half a gigabyte. ModelsGuideTest fetches from a server of its own. */
    static void modelHub() {
        Path file =
                ModelHub.fromEnvironment().fetch("hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q8_0.gguf");
    }

    static void modelQuantizer() {
        ModelQuantizer.to(WeightFormat.Q4_K_M).write(DemoModel.path(), DemoModel.path());
    }
}
