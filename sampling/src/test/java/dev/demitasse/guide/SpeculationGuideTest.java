package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Timings;
import dev.demitasse.demo.DemoModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/speculation.md. */
@Timeout(60)
class SpeculationGuideTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    @Test
    void guessesAreCounted() {
        String text = "春风春风春风春风";
        try (var model = LanguageModel.load(DemoModel.path())) {
            try (var chat = model.newChat().options(o -> o.promptLookup(7)).start()) {
                Reply reply = chat.send("Correct the spelling: " + text).await();

                Timings timings = reply.timings();
                out.println(timings.acceptedTokens() + " of " + timings.proposedTokens() + " guesses were right");
            }
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).matches("\\d+ of \\d+ guesses were right\n");
    }
}
