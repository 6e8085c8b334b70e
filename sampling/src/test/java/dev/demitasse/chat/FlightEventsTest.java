package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording has of turns. */
@Timeout(60)
class FlightEventsTest {
    @TempDir
    private Path folder;

    /** The events of one kind while an action ran. */
    private List<RecordedEvent> events(String name, Runnable action) throws IOException {
        Path file = folder.resolve(name + ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("dev.demitasse." + name).withoutThreshold();
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("dev.demitasse." + name))
                .toList();
    }

    private static void askOnce() {
        try (LanguageModel model = ScriptedModel.replying("one two");
                ChatSession chat = model.chat()) {
            chat.ask("hello");
        }
    }

    @Test
    void aTurnIsAPrefillAndADecode() throws IOException {
        RecordedEvent prefill = events("Prefill", FlightEventsTest::askOnce).getFirst();
        assertThat(prefill.getInt("promptTokens")).isPositive();
        assertThat(prefill.getInt("cachedTokens")).isZero();
        RecordedEvent decode = events("Decode", FlightEventsTest::askOnce).getFirst();
        assertThat(decode.getInt("completionTokens")).isPositive();
        assertThat(decode.getString("finish")).isEqualTo("STOP");
    }

    @Test
    void aToolThatFailsIsSeenToFail() throws IOException {
        List<RecordedEvent> calls = events("ToolCall", () -> {
            try (LanguageModel model = ScriptedModel.replying()
                            .thenCalls("shout", Map.of("what", "a"))
                            .thenReplies("done");
                    ChatSession chat = model.newChat()
                            .tool("shout", "Shouts", Shout.class, shout -> {
                                throw new IllegalStateException("no voice");
                            })
                            .start()) {
                chat.ask("go");
            }
        });
        assertThat(calls).hasSize(1);
        assertThat(calls.getFirst().getString("tool")).isEqualTo("shout");
        assertThat(calls.getFirst().getBoolean("failed")).isTrue();
    }

    record Shout(String what) {}

    @Test
    void loadingIsMeasured() throws IOException {
        List<RecordedEvent> loads =
                events("ModelLoad", () -> LanguageModel.load(DemoModel.path()).close());
        assertThat(loads).hasSize(1);
        assertThat(loads.getFirst().getLong("weights")).isGreaterThan(5_000_000);
        assertThat(loads.getFirst().getDuration()).isPositive();
        assertThat(loads.getFirst().getString("model")).isNotBlank();
    }

    @Test
    void givingUpMemoryIsSeen() throws IOException {
        Path model = RandomGguf.write(folder);
        List<RecordedEvent> evictions = events("Eviction", () -> {
            ModelLoader loader = LanguageModel.loader().contextSize(128).prefixCache(0);
            long room = loader.estimate(model).conversation();
            try (LanguageModel small = loader.kvBudget(2 * room).load(model)) {
                // Held, since memory of sessions that nobody can reach is freed without any eviction.
                List<ChatSession> sessions =
                        Stream.generate(small::chat).limit(8).toList();
                sessions.forEach(
                        chat -> chat.ask("ab ".repeat(20), o -> o.maxTokens(20).greedy()));
                sessions.forEach(ChatSession::close);
            }
        });
        assertThat(evictions).isNotEmpty();
        assertThat(evictions.getFirst().getLong("freed")).isPositive();
    }
}
