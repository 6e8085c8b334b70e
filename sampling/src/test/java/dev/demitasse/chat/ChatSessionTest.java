package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChatSessionTest {
    @Test
    void anAnswerIsWhatTheModelWrote() {
        try (var model = TestModel.replying("hello, world");
                var chat = model.chat()) {
            assertThat(chat.ask("hi")).isEqualTo("hello, world");
        }
    }

    @Test
    void aTurnEntersTheHistoryWithQuestionAndAnswer() {
        try (var model = TestModel.replying("one", "two");
                var chat = model.chat()) {
            chat.ask("first");
            chat.ask("second");
            assertThat(chat.history())
                    .containsExactly(
                            Message.user("first"),
                            Message.assistant("one"),
                            Message.user("second"),
                            Message.assistant("two"));
        }
    }

    @Test
    void aSecondQuestionPrefillsItsOwnTokensOnly() {
        try (var model = TestModel.replying("hello", "again");
                var chat = model.chat()) {
            Usage first = chat.send("hi").await().usage();
            Usage second = chat.send("more").await().usage();
            int generated = TestLanguage.bytes("hello").length;
            assertThat(first.cachedTokens()).isZero();
            assertThat(second.cachedTokens()).isEqualTo(first.promptTokens() + generated);
            assertThat(second.promptTokens() - second.cachedTokens())
                    .isEqualTo(
                            TestLanguage.encode("<|im_end|>\n<|im_start|>user\nmore<|im_end|>\n<|im_start|>assistant\n")
                                    .length);
        }
    }

    /** The tokenizer would write "hello" as two tokens; the model wrote five, and they are what the cache holds. */
    @Test
    void generatedTokensAreReusedEvenWhereTheTokenizerWouldChooseOthers() {
        assertThat(TestLanguage.encode("hello").length).isNotEqualTo(TestLanguage.bytes("hello").length);
        try (var model = TestModel.replying("hello", "hello", "x");
                var chat = model.chat()) {
            chat.ask("a");
            chat.ask("b");
            Usage third = chat.send("c").await().usage();
            int own = TestLanguage.encode("<|im_end|>\n<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n").length;
            assertThat(third.promptTokens() - third.cachedTokens()).isEqualTo(own);
        }
    }

    @Test
    void afterAStopStringInsideATokenTheCacheFollowsTheText() {
        int hell = TestLanguage.encode("hell")[0];
        int[] reply = {'a', hell, '!'};
        try (var model = TestModel.replyingTokens(reply, TestLanguage.bytes("x"));
                var chat = model.chat()) {
            Reply first = chat.send("q", o -> o.stop("ll")).await();
            assertThat(first.text()).isEqualTo("ahe");
            assertThat(first.finish()).isEqualTo(Finish.STOP_STRING);
            Usage second = chat.send("q").await().usage();
            // The prompt and "a" are shared; "hell" is not what the text says.
            assertThat(second.cachedTokens()).isEqualTo(first.usage().promptTokens() + 1);
        }
    }

    @Test
    void afterARewindWhatIsSharedIsReused() {
        try (var model = TestModel.replying("one", "two");
                var chat = model.chat()) {
            chat.ask("first");
            Usage second = chat.send("second").await().usage();
            chat.rewind(2);
            assertThat(chat.history()).containsExactly(Message.user("first"), Message.assistant("one"));
            Usage edited = chat.send("sacred").await().usage();
            int common = TestLanguage.encode("<|im_start|>user\nfirst<|im_end|>\n<|im_start|>assistant\none<|im_end|>\n"
                            + "<|im_start|>user\ns")
                    .length;
            assertThat(edited.cachedTokens()).isEqualTo(common).isLessThan(second.promptTokens());
        }
    }

    @Test
    void rewindChecksHowFarItGoes() {
        try (var model = TestModel.replying("one");
                var chat = model.chat()) {
            chat.ask("first");
            assertThatThrownBy(() -> chat.rewind(3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("3", "2");
        }
    }

    @Test
    void clearForgetsTheMessagesButNotTheSystemMessage() {
        try (var model = TestModel.replying("one");
                var chat = model.model.newChat().system("Be brief.").start()) {
            Usage first = chat.send("same").await().usage();
            chat.clear();
            assertThat(chat.history()).isEmpty();
            Usage second = chat.send("same").await().usage();
            assertThat(second.promptTokens()).isEqualTo(first.promptTokens());
            // All but the last token, whose logits are needed.
            assertThat(second.cachedTokens()).isEqualTo(second.promptTokens() - 1);
        }
    }

    @Test
    void aConversationContinuesFromAGivenHistory() {
        List<Message> before = List.of(Message.system("Be brief."), Message.user("q"), Message.assistant("a"));
        try (var model = TestModel.replying("one", "two");
                var chat = model.model.newChat().history(before).start()) {
            assertThat(chat.ask("again")).isEqualTo("two");
            assertThat(chat.history()).hasSize(4).startsWith(Message.user("q"));
        }
    }

    @Test
    void aPreloadedQuestionPrefillsOnlyItsRest() {
        try (var model = TestModel.replying("one");
                var chat = model.model.newChat().system("a long policy").start()) {
            chat.preload("Why is ");
            Usage usage = chat.send("Why is it so?").await().usage();
            int known = TestLanguage.encode("<|im_start|>system\na long policy<|im_end|>\n<|im_start|>user\nWhy is ")
                    .length;
            // The last token of what was known may be another one in the longer text.
            assertThat(usage.cachedTokens()).isBetween(known - 1, known);
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void aPromptThatDoesNotFitIsRefusedAndChangesNothing() {
        try (var model = TestModel.withContext(64, "fine");
                var chat = model.chat()) {
            chat.ask("ok");
            assertThatThrownBy(() -> chat.ask("x".repeat(200)))
                    .isInstanceOfSatisfying(ContextOverflowException.class, e -> {
                        assertThat(e.available()).isEqualTo(64);
                        assertThat(e.needed()).isGreaterThan(200);
                    });
            assertThat(chat.history()).hasSize(2);
            chat.rewind(2);
            assertThat(chat.ask("ok")).isEqualTo("fine");
        }
    }

    @Test
    void theEndOfTheContextEndsTheReply() {
        try (var model = TestModel.withContext(64, "x".repeat(100));
                var chat = model.chat()) {
            Reply reply = chat.send("go").await();
            assertThat(reply.finish()).isEqualTo(Finish.CONTEXT_FULL);
            assertThat(reply.usage().promptTokens() + reply.usage().completionTokens())
                    .isEqualTo(65);
            assertThat(chat.history().getLast().content()).isEqualTo(reply.text());
        }
    }

    @Test
    void askTellsOfAnIncompleteReply() {
        try (var model = TestModel.withContext(64, "x".repeat(100));
                var chat = model.chat()) {
            assertThatThrownBy(() -> chat.ask("go"))
                    .isInstanceOfSatisfying(
                            IncompleteReplyException.class,
                            e -> assertThat(e.reply().text()).startsWith("xxx"));
        }
    }

    @Test
    void textThatLooksLikeASpecialTokenStaysText() {
        try (var model = TestModel.replying("fine");
                var chat = model.chat()) {
            Usage plain = chat.send("hi").await().usage();
            chat.clear();
            Usage tricky = chat.send("hi<|im_end|>").await().usage();
            assertThat(tricky.promptTokens() - plain.promptTokens()).isEqualTo("<|im_end|>".length());
            // The conversation goes on as if nothing had been said.
            assertThat(chat.ask("still there?")).isEqualTo("fine");
        }
    }

    @Test
    void theContextIsAccountedFor() {
        try (var model = TestModel.replying("hello");
                var chat = model.chat()) {
            assertThat(chat.context().used()).isZero();
            Usage usage = chat.send("hi").await().usage();
            // The answer's end token and the line break after it are part of the conversation.
            assertThat(chat.context().used()).isEqualTo(usage.promptTokens() + usage.completionTokens() + 1);
            assertThat(chat.context().free())
                    .isEqualTo(TestModel.CONTEXT - chat.context().used());
        }
    }

    @Test
    void optionsNestFromModelToSessionToTurn() {
        ChatOptions model = ChatOptions.of(o -> o.temperature(0.7f).repetitionPenalty(1.1f));
        ChatOptions turn = ChatOptions.of(o -> o.temperature(0.2f));
        assertThat(model.with(turn))
                .isEqualTo(ChatOptions.of(o -> o.temperature(0.2f).repetitionPenalty(1.1f)));
    }

    @Test
    void maxTokensEndTheReply() {
        try (var model = TestModel.replying("abcdef");
                var chat = model.model.newChat().options(o -> o.maxTokens(4)).start()) {
            Reply reply = chat.send("go").await();
            assertThat(reply.finish()).isEqualTo(Finish.LENGTH);
            assertThat(reply.text()).isEqualTo("abcd");
            assertThat(reply.usage().completionTokens()).isEqualTo(4);
            assertThat(chat.send("go", o -> o.maxTokens(2)).await().text()).isEqualTo("ab");
        }
    }

    @Test
    void logprobsNameTheTokenAndItsAlternatives() {
        try (var model = TestModel.replying("ab");
                var chat = model.chat()) {
            Reply reply = chat.send("go", o -> o.logprobs(2)).await();
            assertThat(reply.logprobs()).hasSize(3);
            assertThat(reply.logprobs().getFirst().token()).isEqualTo('a');
            assertThat(reply.logprobs().getFirst().logprob()).isZero();
            assertThat(reply.logprobs().getFirst().top()).hasSize(2);
        }
    }

    @Test
    void aClosedSessionRefusesToWork() {
        try (var model = TestModel.replying("ab")) {
            ChatSession chat = model.chat();
            chat.close();
            chat.close();
            assertThatThrownBy(() -> chat.ask("go"))
                    .isInstanceOf(ModelClosedException.class)
                    .hasMessageContaining("session");
        }
    }

    @Test
    void forksGoOnIndependentlyAndReadNothingAgain() {
        try (var model = TestModel.replying("one", "two", "three");
                var base = model.model.newChat().system("a long policy").start()) {
            base.ask("first");
            try (ChatSession left = base.fork();
                    ChatSession right = base.fork()) {
                Usage usage = left.send("second").await().usage();
                assertThat(usage.cachedTokens()).isEqualTo(left.context().used() - tokensOf("second", "two"));
                assertThat(right.ask("other")).isEqualTo("two");
                assertThat(base.history()).hasSize(2);
                assertThat(left.history()).hasSize(4);
                assertThat(right.history().get(2)).isEqualTo(Message.user("other"));
            }
        }
    }

    /** A question, its answer byte by byte, and the template around them, after the end of the reply before. */
    private static int tokensOf(String question, String answer) {
        int around = TestLanguage.encode(
                        "<|im_end|>\n<|im_start|>user\n" + question + "<|im_end|>\n<|im_start|>assistant\n<|im_end|>\n")
                .length;
        return around + TestLanguage.bytes(answer).length;
    }

    @Test
    void aForkOutlivesItsBase() {
        try (var model = TestModel.replying("one", "two")) {
            ChatSession base = model.chat();
            base.ask("first");
            try (ChatSession fork = base.fork()) {
                base.close();
                assertThat(fork.ask("second")).isEqualTo("two");
            }
        }
    }

    @Test
    void closedSessionsHoldNoMemory() {
        try (var model = TestModel.replying("one")) {
            for (int i = 0; i < 5; i++) {
                try (ChatSession chat = model.chat()) {
                    chat.ask("first");
                }
            }
            assertThat(model.engine.openCaches()).isZero();
        }
    }

    @Test
    void sessionsThatNobodyClosedAreFreedOnceTheyAreUnreachable() {
        try (var model = TestModel.replying("one")) {
            for (int i = 0; i < 50; i++) {
                model.chat().ask("first");
            }
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (model.engine.openCaches() > 1 && System.nanoTime() < deadline) {
                System.gc();
                LockSupport.parkNanos(1_000_000);
            }
            // The last one may still be in a register of this thread.
            assertThat(model.engine.openCaches()).isLessThanOrEqualTo(1);
        }
    }
}
