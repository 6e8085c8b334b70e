package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.Event;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.testing.ScriptedModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of streaming.md. */
@Timeout(60)
class StreamingGuideTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void pullAndPush() {
        try (var model = ScriptedModel.replying("新的语法。", "短。");
                var chat = model.chat()) {
            for (String piece : chat.send("Tell me about Java 25")) {
                out.print(piece);
            }
            Reply reply = chat.send("Shorter", o -> o.temperature(0.2f).maxTokens(200))
                    .onText(out::print)
                    .await();
            assertThat(reply.text()).isEqualTo("短。");
            assertThat(printed()).isEqualTo("新的语法。短。");
        }
    }

    @Test
    void aTextWithoutAConversation() {
        try (var model = ScriptedModel.replying(" 8, 13")) {
            String next = model.complete("1, 1, 2, 3, 5,", o -> o.maxTokens(20))
                    .await()
                    .text();
            assertThat(next).isEqualTo(" 8, 13");
            assertThat(model.prompts()).containsExactly("1, 1, 2, 3, 5,");
        }
    }

    @Test
    void publisher() throws Exception {
        CompletableFuture<String> text = new CompletableFuture<>();
        Flow.Subscriber<String> subscriber = new Flow.Subscriber<>() {
            private final StringBuilder pieces = new StringBuilder();

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(String piece) {
                pieces.append(piece);
            }

            @Override
            public void onError(Throwable thrown) {
                text.completeExceptionally(thrown);
            }

            @Override
            public void onComplete() {
                text.complete(pieces.toString());
            }
        };
        try (var model = ScriptedModel.replying("新的语法。");
                var chat = model.chat()) {
            Flow.Publisher<String> pieces = chat.send("Tell me about Java 25").publisher();
            pieces.subscribe(subscriber);
            assertThat(text.get(20, TimeUnit.SECONDS)).isEqualTo("新的语法。");
        }
    }

    @Test
    void events() {
        try (var model = ScriptedModel.replying("Air.");
                var chat = model.chat()) {
            chat.send("Why is the sky blue?")
                    .onEvent(event -> {
                        switch (event) {
                            case Event.Prefill(int done, int total) -> out.println("read " + done + " of " + total);
                            case Event.Thinking(String text) -> out.print(text.toUpperCase(Locale.ROOT));
                            case Event.Text(String text) -> out.print(text);
                            case Event.Done(Reply whole) -> out.println(whole.finish());
                            default -> {} // more kinds may be added
                        }
                    })
                    .await();
            assertThat(printed()).startsWith("read ").contains("Air.STOP");
        }
    }

    private interface Button {
        void onClick(Runnable action);
    }

    @Test
    void cancelling() {
        Button stopButton = Runnable::run;
        try (var model = ScriptedModel.replying("x".repeat(1000)).delaying(Duration.ofMillis(2));
                var chat = model.chat()) {
            var turn = chat.send("Write a long story", o -> o.timeout(Duration.ofSeconds(5)));
            stopButton.onClick(turn::cancel);
            Reply partial = turn.await(); // finish() == CANCELLED or TIMEOUT
            assertThat(partial.finish()).isEqualTo(Finish.CANCELLED);
        }
    }
}
