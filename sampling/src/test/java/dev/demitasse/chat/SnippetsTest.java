package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What applications write first, word for word; only where it prints to is another place. */
@Timeout(60)
class SnippetsTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    @Test
    void quickstart() {
        try (var test = TestModel.replying("Because of the air.", "More air.");
                var chat = test.model.chat()) {
            out.println(chat.ask("Why is the sky blue?"));
            out.println(chat.ask("And at sunset?"));
        }
        assertThat(printed.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("Because of the air.", "More air.");
    }

    @Test
    void streamingByPullAndPush() {
        try (var test = TestModel.replying("新的语法。", "短。");
                var chat = test.model.chat()) {
            for (String piece : chat.send("Tell me about Java 25")) {
                out.print(piece);
            }
            Reply reply = chat.send("Shorter", o -> o.temperature(0.2f).maxTokens(200))
                    .onText(out::print)
                    .await();
            assertThat(reply.text()).isEqualTo("短。");
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("新的语法。短。");
    }

    enum Mood {
        HAPPY,
        NEUTRAL,
        ANGRY
    }

    record Ticket(String title, Mood mood, int urgency, List<String> products) {}

    @Test
    void structuredOutput() {
        try (var test = TestModel.replying(
                        "{\"title\": \"Broken kettle\", \"mood\": \"ANGRY\", \"urgency\": 4, \"products\":"
                                + " [\"kettle\"]}");
                var chat = test.model.chat()) {
            Ticket ticket = chat.ask("Classify: my second kettle is broken again!", Ticket.class);
            assertThat(ticket).isEqualTo(new Ticket("Broken kettle", Mood.ANGRY, 4, List.of("kettle")));
        }
    }

    @Test
    void aPolicyIsReadOnceForAllForks() {
        try (var test = TestModel.replying("yes");
                var base = test.model.newChat().system("a long policy").start()) {
            base.preload("");
            try (var a = base.fork();
                    var b = base.fork()) {
                a.ask("Contract A ...");
                b.ask("Contract B ...");
                assertThat(a.history()).hasSize(2);
            }
        }
    }

    @Test
    void cancellationAndTimeLimits() {
        try (var test = TestModel.replying("x".repeat(400));
                var chat = test.model.chat()) {
            var turn = chat.send("Write a long story", o -> o.timeout(Duration.ofSeconds(5)));
            Runnable onClick = turn::cancel;
            onClick.run();
            Reply partial = turn.await();
            assertThat(partial.finish()).isIn(Finish.CANCELLED, Finish.TIMEOUT);
        }
    }

    @Test
    void aBiasOfATokenThatDoesNotExistChangesNothing() {
        try (var test = TestModel.replying("ab");
                var chat = test.model.chat()) {
            assertThat(chat.ask("go", o -> o.logitBias(Map.of(100_000, 5f)))).isEqualTo("ab");
        }
    }
}
