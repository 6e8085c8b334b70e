package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.sampling.TokenPaths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guessed tokens save passes and change nothing else, whatever ends or holds a reply. */
@Timeout(60)
class SpeculationTest {
    private static final String TEXT = "Our quick brown fox jumps over a lazy dog";
    private static final String QUESTION = "Repeat: " + TEXT + ".";
    private static final ChatOptions GUESSING = ChatOptions.of(o -> o.greedy().promptLookup(7));

    @Test
    void aReplyThatRepeatsItsPromptTakesFewerPasses() {
        try (var test = TestModel.replying(TEXT);
                var chat = test.chat()) {
            test.engine.maxTokens = 512;
            Reply reply = chat.send(QUESTION, GUESSING).await();
            assertThat(reply.text()).isEqualTo(TEXT);
            assertThat(reply.finish()).isEqualTo(Finish.STOP);
            assertThat(reply.usage().completionTokens()).isEqualTo(TEXT.length() + 1);
            Timings timings = reply.timings();
            assertThat(timings.acceptedTokens()).isBetween(30L, timings.proposedTokens() - 1);
            assertThat(decodePasses(test))
                    .isEqualTo(TEXT.length() - (int) timings.acceptedTokens())
                    .isLessThan(12);
        }
    }

    @Test
    void withoutTheOptionNothingIsGuessed() {
        try (var test = TestModel.replying(TEXT);
                var chat = test.chat()) {
            test.engine.maxTokens = 512;
            Reply reply = chat.send(QUESTION, o -> o.greedy()).await();
            assertThat(reply.timings().proposedTokens()).isZero();
            assertThat(decodePasses(test)).isEqualTo(TEXT.length());
        }
    }

    @Test
    void theSessionGoesOnFromExactlyWhatWasSaid() {
        try (var test = TestModel.replying("Our quick brown fix", TEXT);
                var chat = test.chat()) {
            Usage first = chat.send(QUESTION, GUESSING).await().usage();
            Reply second = chat.send(QUESTION, GUESSING).await();
            assertThat(second.text()).isEqualTo(TEXT);
            assertThat(second.usage().cachedTokens()).isEqualTo(first.promptTokens() + first.completionTokens() - 1);
        }
    }

    @Test
    void guessesAreStreamedInOrderAsWholeTokens() {
        try (var test = TestModel.replying(TEXT);
                var chat = test.chat()) {
            List<String> pieces = new ArrayList<>();
            chat.send(QUESTION, GUESSING).onText(pieces::add).await();
            assertThat(String.join("", pieces)).isEqualTo(TEXT);
        }
    }

    @Test
    void aStopStringInsideAGuessEndsTheReplyThere() {
        try (var test = TestModel.replying(TEXT);
                var chat = test.chat()) {
            Reply reply = chat.send(
                            QUESTION, GUESSING.toBuilder().stop(" jumps").build())
                    .await();
            assertThat(reply.text()).isEqualTo("Our quick brown fox");
            assertThat(reply.finish()).isEqualTo(Finish.STOP_STRING);
            assertThat(reply.usage().completionTokens()).isEqualTo("Our quick brown fox jumps".length());
            assertThat(chat.send("?", GUESSING).await().usage().cachedTokens()).isPositive();
        }
    }

    @Test
    void everyLimitOfTokensIsKept() {
        for (int most = 1; most <= TEXT.length(); most++) {
            int limit = most;
            try (var test = TestModel.replying(TEXT);
                    var chat = test.chat()) {
                Reply reply = chat.send(
                                QUESTION, GUESSING.toBuilder().maxTokens(limit).build())
                        .await();
                assertThat(reply.text()).isEqualTo(TEXT.substring(0, limit));
                assertThat(reply.finish()).isEqualTo(Finish.LENGTH);
                assertThat(reply.usage().completionTokens()).isEqualTo(limit);
            }
        }
    }

    @Test
    void theEndOfTheContextIsKept() {
        int[] prompt = TestLanguage.encode("<|im_start|>user\n" + TEXT + "<|im_start|>assistant\n");
        for (int room = 1; room < 30; room++) {
            // The engine itself fails when a sequence becomes longer than the context.
            try (var test = TestModel.withContext(prompt.length + room, TEXT)) {
                RawReply reply = generate(test, prompt, null);
                assertThat(text(reply)).isEqualTo(TEXT.substring(0, room + 1));
                assertThat(reply.finish()).isEqualTo(Finish.CONTEXT_FULL);
            }
        }
    }

    @Test
    void aConstraintJudgesEachTokenAsIfItCameAlone() {
        int[] prompt = TestLanguage.encode("<|im_start|>user\n" + TEXT + "<|im_start|>assistant\n");
        String other = TEXT.substring(0, 16) + "cat";
        try (var test = TestModel.replying(TEXT)) {
            RawReply reply =
                    generate(test, prompt, new TokenPaths(Set.of(TestLanguage.IM_END), TestLanguage.bytes(other)));
            assertThat(text(reply)).isEqualTo(other);
            assertThat(reply.finish()).isEqualTo(Finish.STOP);
            assertThat(reply.timings().acceptedTokens()).isPositive();
        }
    }

    @Test
    void eachTokenHasItsLogProbability() {
        try (var test = TestModel.replying(TEXT);
                var chat = test.chat()) {
            Reply reply = chat.send(QUESTION, GUESSING.toBuilder().logprobs(1).build())
                    .await();
            assertThat(reply.logprobs()).hasSize(TEXT.length() + 1);
            for (int i = 0; i < TEXT.length(); i++) {
                assertThat(reply.logprobs().get(i).token()).isEqualTo(TEXT.charAt(i));
            }
        }
    }

    @Test
    void aCancelledReplyKeepsOnlyWhatWasChosen() {
        try (var test = TestModel.replying(TEXT.repeat(5), "later");
                var chat = test.chat()) {
            test.slowly();
            Generation turn = chat.send(QUESTION, GUESSING);
            Reply reply = turn.onText(_ -> turn.cancel()).await();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
            assertThat(TEXT.repeat(5)).startsWith(reply.text());
            assertThat(chat.ask("?")).isEqualTo("later");
        }
    }

    @Test
    void aFailedDrawLeavesNoGuessesBehind() {
        int[] prompt = TestLanguage.encode("<|im_start|>user\n" + TEXT + "<|im_start|>assistant\n");
        try (var test = TestModel.replying(TEXT)) {
            TokenSequence sequence = test.model.open(TokenSequence.Use.PINNED);
            int[] drawn = new int[1];
            ChatOptions failing = GUESSING.toBuilder()
                    .sampler(() -> (logits, history) -> {
                        if (drawn[0] == 6) {
                            throw new IllegalStateException("no more");
                        }
                        return TEXT.charAt(drawn[0]++);
                    })
                    .build();
            RawJob job =
                    new RawJob(new TokenJob.Task(prompt, failing, Set.of(TestLanguage.IM_END), 512, null), sequence);
            test.model.scheduler().submit(job);
            assertThat(job.reply()).failsWithin(Duration.ofSeconds(30));
            assertThat(sequence.tokens()).hasSize(prompt.length + 6).endsWith(TestLanguage.bytes("Our qu"));
        }
    }

    @Test
    void manyConversationsGuessInThePassesTheyShare() throws InterruptedException {
        try (var test = TestModel.replying(TEXT)) {
            CountDownLatch gate = new CountDownLatch(1);
            CountDownLatch held = test.holdAt(gate);
            List<Reply> replies = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                ChatOptions options = i % 3 == 0 ? ChatOptions.of(o -> o.greedy()) : GUESSING;
                String question = QUESTION + i;
                threads.add(Thread.ofVirtual().start(() -> {
                    try (var chat = test.chat()) {
                        Reply reply = chat.send(question, options).await();
                        synchronized (replies) {
                            replies.add(reply);
                        }
                    }
                }));
            }
            TestModel.awaitUninterrupted(held);
            gate.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(replies)
                    .hasSize(12)
                    .allSatisfy(reply -> assertThat(reply.text()).isEqualTo(TEXT));
            assertThat(test.engine.passes).anySatisfy(pass -> assertThat(pass).hasSizeGreaterThan(4));
        }
    }

    /** The prompt is one pass of its own. */
    private static int decodePasses(TestModel test) {
        return test.engine.passes.size() - 1;
    }

    private static RawReply generate(TestModel test, int[] prompt, @Nullable TokenPaths paths) {
        TokenJob.Task task =
                new TokenJob.Task(prompt, GUESSING, Set.of(TestLanguage.IM_END), test.model.contextSize(), paths);
        RawJob job = new RawJob(task, test.model.open(TokenSequence.Use.PINNED));
        test.model.scheduler().submit(job);
        return job.reply().join();
    }

    private static String text(RawReply reply) {
        return TestLanguage.TOKENIZER.decode(reply.tokens());
    }
}
