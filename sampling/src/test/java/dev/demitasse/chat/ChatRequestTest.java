package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChatRequestTest {
    private static ChatRequest asking(String... exchange) {
        ChatRequest.Builder request = ChatRequest.builder().system("Be brief.");
        for (int i = 0; i < exchange.length; i++) {
            request.message(i % 2 == 0 ? Message.user(exchange[i]) : Message.assistant(exchange[i]));
        }
        return request.build();
    }

    @Test
    void aRequestIsAnsweredLikeATurnOfTheSameConversation() {
        try (var model = TestModel.replying("one", "two")) {
            assertThat(model.model.send(asking("first")).await().text()).isEqualTo("one");
            assertThat(model.model
                            .send(asking("first", "one", "second"))
                            .await()
                            .text())
                    .isEqualTo("two");
        }
    }

    @Test
    void theNextRequestOfAConversationReusesTheOneBefore() {
        try (var model = TestModel.replying("one", "two")) {
            Usage first = model.model.send(asking("first")).await().usage();
            Usage other = model.model.send(asking("quite another")).await().usage();
            Usage second =
                    model.model.send(asking("first", "one", "second")).await().usage();
            int system = TestLanguage.encode("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n").length;
            assertThat(first.cachedTokens()).isZero();
            assertThat(other.cachedTokens()).isEqualTo(system);
            assertThat(second.cachedTokens()).isEqualTo(first.promptTokens() + 3);
        }
    }

    @Test
    void requestsAtTheSameTimeDoNotMeet() throws Exception {
        try (var model = TestModel.withPrefixCache(200, "one", "two")) {
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                replies.add(
                        model.model.send(asking("first " + i, "one", "second")).future());
            }
            for (CompletableFuture<Reply> reply : replies) {
                assertThat(reply.get(20, TimeUnit.SECONDS).text()).isEqualTo("two");
            }
            assertThat(model.engine.kvBytes()).isBetween(1L, 200L);
        }
    }

    @Test
    void aClosedModelHoldsNoIdleSequences() {
        TestModel model = TestModel.replying("one");
        model.model.send(asking("first")).await();
        assertThat(model.engine.openCaches()).isEqualTo(1);
        model.close();
        assertThat(model.engine.openCaches()).isZero();
        assertThatThrownBy(() -> model.model.send(asking("first")).await()).isInstanceOf(ModelClosedException.class);
    }

    @Test
    void aRequestThatDoesNotFitIsRefused() {
        try (var model = TestModel.withContext(64, "one")) {
            assertThatThrownBy(() -> model.model.send(asking("x".repeat(100))))
                    .isInstanceOf(ContextOverflowException.class);
        }
    }

    @Test
    void aCancelledRequestGivesItsMemoryBack() {
        try (var model = TestModel.replying("x".repeat(300)).slowly()) {
            Generation generation = model.model.send(asking("go"));
            Reply reply = generation.onText(_ -> generation.cancel()).await();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
            assertThat(model.model.send(asking("go")).await().usage().cachedTokens())
                    .isPositive();
            // What was written before it was cancelled may still be continued.
            assertThat(model.engine.openCaches()).isLessThanOrEqualTo(2);
        }
    }
}
