package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.sampling.TokenPaths;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A constraint decides what a generation may write and where it may end. */
@Timeout(60)
class ConstrainedJobTest {
    private static final Set<Integer> STOP = Set.of(TestLanguage.IM_END);
    private static final ChatOptions GREEDY = ChatOptions.of(o -> o.greedy());
    private static final ChatOptions TWO_TOKENS = ChatOptions.of(o -> o.greedy().maxTokens(2));

    @Test
    void onlyAllowedTokensAreWrittenAndTheModelsOwnPreferenceDecidesAmongThem() {
        RawReply reply = generate("zb", GREEDY, paths("ab", "zb", "zc"));
        assertThat(text(reply)).isEqualTo("zb");
        assertThat(reply.finish()).isEqualTo(Finish.STOP);
    }

    @Test
    void anExhaustedConstraintEndsTheTurnWithoutAskingForAStopToken() {
        RawReply reply = generate("abcdef", GREEDY, paths("abc"));
        assertThat(text(reply)).isEqualTo("abc");
        assertThat(reply.finish()).isEqualTo(Finish.STOP);
        assertThat(reply.usage().completionTokens()).isEqualTo(3);
    }

    @Test
    void theModelMayEndWhereTheTextIsComplete() {
        RawReply reply = generate("ab", GREEDY, paths("ab", "abc"));
        assertThat(text(reply)).isEqualTo("ab");
        assertThat(reply.usage().completionTokens()).isEqualTo(3);
    }

    @Test
    void theModelCannotEndBefore() {
        RawReply reply = generate("a", GREEDY, paths("abc"));
        assertThat(text(reply)).isEqualTo("abc");
    }

    @Test
    void theConstraintKnowsHowManyTokensRemain() {
        RawReply reply = generate("zzzz", TWO_TOKENS, paths("ab", "zzzz"));
        assertThat(text(reply)).isEqualTo("ab");
        assertThat(reply.finish()).isEqualTo(Finish.STOP);
    }

    @Test
    void theEndOfTheContextIsALimitToo() {
        try (var test = TestModel.withContext(80, "z".repeat(80))) {
            int room = 80 + 1 - prompt().length;
            RawReply fits = generate(test, GREEDY, paths("z".repeat(room), "a"));
            assertThat(text(fits)).isEqualTo("z".repeat(room));
            assertThat(fits.finish()).isEqualTo(Finish.STOP);
            assertThat(text(generate(test, GREEDY, paths("z".repeat(room + 1), "a"))))
                    .isEqualTo("a");
        }
    }

    @Test
    void aTextThatIsCompleteAtTheLimitEndsTheTurnAndAnotherIsCutOff() {
        assertThat(generate("ab", TWO_TOKENS, paths("ab", "abc")).finish()).isEqualTo(Finish.STOP);
        assertThat(generate("abc", TWO_TOKENS, null).finish()).isEqualTo(Finish.LENGTH);
    }

    @Test
    void aConstraintThatNothingSatisfiesFailsTheTurn() {
        assertThatThrownBy(() -> generate("abc", TWO_TOKENS, paths("abc")))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(DemitasseException.class)
                .hasMessageContaining("no path of 2 tokens");
    }

    @Test
    void aSamplerOfTheApplicationsOwnIsHeldToTheConstraint() {
        ChatOptions stubborn = ChatOptions.of(o -> o.sampler(() -> (_, _) -> 'z'));
        assertThatThrownBy(() -> generate("abc", stubborn, paths("abc")))
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("token " + (int) 'z' + " is excluded");
    }

    private static TokenConstraint paths(String... texts) {
        int[][] paths = new int[texts.length][];
        for (int i = 0; i < texts.length; i++) {
            paths[i] = TestLanguage.bytes(texts[i]);
        }
        return new TokenPaths(STOP, paths);
    }

    private static int[] prompt() {
        return TestLanguage.encode("<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n");
    }

    private static RawReply generate(String preferred, ChatOptions options, @Nullable TokenConstraint constraint) {
        try (var test = TestModel.replying(preferred)) {
            return generate(test, options, constraint);
        }
    }

    private static RawReply generate(TestModel test, ChatOptions options, @Nullable TokenConstraint constraint) {
        TokenJob.Task task = new TokenJob.Task(prompt(), options, STOP, test.model.contextSize(), constraint);
        RawJob job = new RawJob(task, test.model.open(TokenSequence.Use.PINNED));
        test.model.scheduler().submit(job);
        return job.reply().join();
    }

    private static String text(RawReply reply) {
        return TestLanguage.TOKENIZER.decode(reply.tokens());
    }
}
