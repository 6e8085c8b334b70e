package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.demo.DemoModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bundled model, which has learnt to write four lines of one length when it is asked for a poem. */
@Timeout(120)
class DemoModelTest {
    private static final String QUESTION = "写一首关于春天的诗";

    private static LanguageModel model;

    @BeforeAll
    static void load() {
        model = LanguageModel.load(DemoModel.path());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void itAnswersWithAPoemOfFourLines() {
        try (ChatSession chat = model.chat()) {
            String poem = chat.ask(QUESTION, o -> o.seed(1));
            assertThat(poem.strip().lines().toList())
                    .hasSize(4)
                    .allSatisfy(line -> assertThat(line).hasSizeBetween(6, 8).matches("\\p{IsHan}+\\p{IsPunctuation}"));
        }
    }

    @Test
    void itStreamsCharacterByCharacterAndEndsItsTurn() {
        try (ChatSession chat = model.chat()) {
            List<String> pieces = new ArrayList<>();
            Reply reply =
                    chat.send(QUESTION, o -> o.greedy()).onText(pieces::add).await();
            assertThat(reply.finish()).isEqualTo(Finish.STOP);
            assertThat(String.join("", pieces)).isEqualTo(reply.text());
            assertThat(pieces).hasSizeGreaterThan(10).doesNotContain("\uFFFD");
        }
    }

    @Test
    void aSecondQuestionReusesTheFirstTurn() {
        try (ChatSession chat = model.chat()) {
            Usage first = chat.send(QUESTION).await().usage();
            Usage second = chat.send("再来一首").await().usage();
            assertThat(second.cachedTokens()).isEqualTo(first.promptTokens() + first.completionTokens() - 1);
        }
    }
}
