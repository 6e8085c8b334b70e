package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.Finish;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelBusyException;
import dev.demitasse.chat.OutputType;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Stats;
import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.demo.DemoModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of observing.md. */
@Timeout(60)
class ObservingGuideTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatAReplyTook() {
        try (var model = ScriptedModel.replying("Air.");
                var chat = model.chat()) {
            Reply reply = chat.send("Why is the sky blue?").await();
            out.println(reply.usage());
            out.println(reply.timings());
            out.println(reply.finish());
        }
        assertThat(printed()).contains("completionTokens=5", "firstToken=PT", "STOP");
    }

    @Test
    void howSureTheModelWas() {
        try (var model = LanguageModel.load(DemoModel.path());
                var chat = model.chat()) {
            Reply sure = chat.send("Is the sky blue?", o -> o.logprobs(3)).await();
            for (TokenLogprob token : sure.logprobs()) {
                out.printf(
                        "%d with probability %.2f, before %s%n", token.token(), Math.exp(token.logprob()), token.top());
            }
            assertThat(sure.logprobs()).hasSize(sure.usage().completionTokens()).allSatisfy(token -> {
                assertThat(token.logprob()).isLessThanOrEqualTo(0);
                assertThat(token.top())
                        .hasSize(3)
                        .isSortedAccordingTo((a, b) -> Double.compare(b.logprob(), a.logprob()));
            });
        }
        assertThat(printed()).contains("with probability");
    }

    @Test
    void logprobsAreTheModelsOwnAlsoWhereAGrammarForcesTheToken() {
        try (var model = LanguageModel.load(DemoModel.path());
                var chat = model.chat()) {
            Reply free = chat.send("写一首关于月亮的诗", o -> o.greedy().maxTokens(1).logprobs(1))
                    .await();
            chat.clear();
            Reply held = chat.send(
                            "写一首关于月亮的诗",
                            OutputType.choice("zebra").withInstructions(""),
                            o -> o.greedy().logprobs(1))
                    .await();
            assertThat(held.text()).isEqualTo("zebra");
            TokenLogprob.Alternative best = free.logprobs().getFirst().top().getFirst();
            assertThat(held.logprobs().getFirst().top()).singleElement().satisfies(top -> {
                assertThat(top.token()).isEqualTo(best.token());
                assertThat(top.logprob()).isCloseTo(best.logprob(), within(1e-3));
            });
            assertThat(held.logprobs().getFirst().logprob())
                    .isLessThan(free.logprobs().getFirst().logprob());
        }
    }

    @Test
    void moreAlternativesThanThereMayBeAreRefused() {
        try (var model = ScriptedModel.replying("x");
                var chat = model.chat()) {
            assertThatThrownBy(() -> chat.send("?", o -> o.logprobs(101))).hasMessageContaining("from 0 to 100");
        }
    }

    @Test
    void whatAModelIsDoing() {
        try (var model = ScriptedModel.replying("Air.")
                        .failing(new ModelBusyException("too many"))
                        .thenReplies("More.");
                var chat = model.chat()) {
            chat.ask("Why is the sky blue?");
            assertThatThrownBy(() -> chat.ask("And at sunset?")).isInstanceOf(ModelBusyException.class);
            Reply cut = chat.send("And at night?", o -> o.maxTokens(2)).await();
            assertThat(cut.finish()).isEqualTo(Finish.LENGTH);
            Stats stats = model.stats();
            out.println(stats.runningTurns() + " running, " + stats.waitingTurns() + " waiting");
            out.println(stats.completionTokens() + " tokens written, " + stats.cachedTokens() + " of "
                    + stats.promptTokens() + " read ones re-used");
            out.println(stats.kvBytes() + " of " + stats.kvBudget() + " bytes of keys and values");
            assertThat(stats.turns()).isEqualTo(2);
            assertThat(stats.failedTurns()).isEqualTo(1);
            assertThat(stats.completionTokens()).isEqualTo(5 + 2);
            assertThat(stats.cachedTokens()).isPositive().isLessThan(stats.promptTokens());
        }
        assertThat(printed()).startsWith("0 running, 0 waiting");
    }

    @Test
    void nothingIsPrintedByTheLibraryItself() {
        PrintStream before = System.out;
        System.setOut(out);
        try (var model = LanguageModel.load(DemoModel.path());
                ChatSession chat = model.chat()) {
            chat.ask("写一首关于月亮的诗");
            assertThat(List.of(model.info().toString(), model.stats().toString()))
                    .noneMatch(String::isEmpty);
        } finally {
            System.setOut(before);
        }
        assertThat(printed()).isEmpty();
    }
}
