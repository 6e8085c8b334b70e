package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.testing.ScriptedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ToolTurnTest {
    private static final ToolDefinition PRICE = ToolDefinition.of(
            "price",
            "Price of a fruit in euros",
            "{\"type\": \"object\", \"properties\": {\"fruit\": {\"type\": \"string\"}}, \"required\": [\"fruit\"]}");
    private static final Map<String, Object> APPLE = Map.of("fruit", "苹果");
    private static final Map<String, Object> PEAR = Map.of("fruit", "pear");

    private static ScriptedModel callingOnce() {
        return ScriptedModel.replying().thenCalls("price", APPLE).thenReplies("2 euros.");
    }

    private static ChatSession chat(ScriptedModel model, ToolHandler<ToolCall> handler) {
        return model.newChat().tool(PRICE, handler).start();
    }

    private static List<String> contents(ChatSession chat) {
        return chat.history().stream()
                .map(message -> message.role() + ":" + message.content())
                .toList();
    }

    @Test
    void aToolIsRunAndTheModelGoesOnWithItsResult() {
        try (var model = callingOnce();
                var chat = chat(model, call -> call.arguments().get("fruit") + " costs 0.5")) {
            List<Event> events = new ArrayList<>();
            Reply reply = chat.send("How much are four?").onEvent(events::add).await();
            assertThat(reply.text()).isEqualTo("2 euros.");
            assertThat(reply.finish()).isEqualTo(Finish.STOP);
            assertThat(reply.toolCalls()).isEmpty();
            assertThat(reply.toolRuns()).singleElement().satisfies(run -> {
                assertThat(run.call().arguments()).isEqualTo(APPLE);
                assertThat(run.result()).isEqualTo("苹果 costs 0.5");
                assertThat(run.failure()).isNull();
            });
            assertThat(events.stream()
                            .map(Object::getClass)
                            .map(Class::getSimpleName)
                            .distinct())
                    .containsExactly("Prefill", "ToolStarted", "ToolFinished", "Text", "Done");
            assertThat(contents(chat))
                    .containsExactly(
                            "user:How much are four?", "assistant:", "tool:苹果 costs 0.5", "assistant:2 euros.");
            assertThat(model.prompts().getLast()).endsWith("""
                <|im_start|>assistant
                <tool_call>
                {"name": "price", "arguments": {"fruit": "苹果"}}
                </tool_call><|im_end|>
                <|im_start|>user
                <tool_response>
                苹果 costs 0.5
                </tool_response><|im_end|>
                <|im_start|>assistant
                """);
        }
    }

    @Test
    void theSecondRoundReadsOnlyWhatIsNew() {
        try (var model = callingOnce();
                var chat = chat(model, _ -> 0.5)) {
            Usage usage = chat.send("How much?").await().usage();
            int first = model.tokenizer()
                    .encode(model.prompts().getFirst(), dev.demitasse.tokenizer.SpecialTokens.ALL)
                    .length;
            int second = model.tokenizer()
                    .encode(model.prompts().getLast(), dev.demitasse.tokenizer.SpecialTokens.ALL)
                    .length;
            assertThat(usage.promptTokens()).isEqualTo(first + second);
            // all of the first prompt, and the call as it was generated
            assertThat(usage.cachedTokens()).isGreaterThan(first + 50).isLessThan(second);
        }
    }

    @Test
    void severalCallsOfOneReplyAreRunInOrder() {
        try (var model = ScriptedModel.replying()
                        .thenCalls(ToolCall.of("price", APPLE), ToolCall.of("price", PEAR))
                        .thenCalls("price", APPLE)
                        .thenReplies("done");
                var chat = chat(model, call -> call.arguments().get("fruit"))) {
            Reply reply = chat.send("go").await();
            assertThat(reply.toolRuns()).extracting(ToolRun::result).containsExactly("苹果", "pear", "苹果");
            assertThat(reply.toolRuns())
                    .extracting(run -> run.call().id())
                    .containsExactly("call_0", "call_1", "call_2");
            assertThat(chat.history()).hasSize(7);
        }
    }

    @Test
    void everyWayToConsumeATurnRunsItsTools() throws Exception {
        try (var model = callingOnce();
                var chat = chat(model, _ -> 0.5)) {
            model.thenCalls("price", APPLE).thenReplies("b");
            model.thenCalls("price", APPLE).thenReplies("c");
            model.thenCalls("price", APPLE).thenReplies("d");
            assertThat(chat.ask("go")).isEqualTo("2 euros.");
            assertThat(String.join("", chat.send("go"))).isEqualTo("b");
            assertThat(chat.send("go").future().get(20, TimeUnit.SECONDS).text())
                    .isEqualTo("c");
            CompletableFuture<String> text = new CompletableFuture<>();
            try (var turn = chat.send("go")) {
                assertThat(turn.stream().toList()).containsExactly("d");
            }
            assertThat(chat.history()).hasSize(16);
            text.cancel(true);
        }
    }

    @Test
    void whatAToolThrowsIsToldToTheModelAndToTheCaller() {
        try (var model = callingOnce();
                var chat = chat(model, _ -> {
                    throw new java.io.IOException("no such shelf");
                })) {
            Reply reply = chat.send("go").await();
            assertThat(reply.text()).isEqualTo("2 euros.");
            assertThat(reply.toolRuns().getFirst().failure()).isInstanceOf(java.io.IOException.class);
            assertThat(model.prompts().getLast()).contains("<tool_response>\nError: no such shelf\n</tool_response>");
        }
    }

    @Test
    void anErrorInAToolTakesTheTurnBack() {
        try (var model = callingOnce();
                var chat = chat(model, _ -> {
                    throw new StackOverflowError();
                })) {
            assertThatThrownBy(() -> chat.ask("go")).isInstanceOf(StackOverflowError.class);
            assertThat(chat.history()).isEmpty();
            assertThat(chat.ask("go")).isEqualTo("2 euros.");
        }
    }

    @Test
    void aListenerThatFailsBetweenToolsTakesTheTurnBack() {
        try (var model = callingOnce();
                var chat = chat(model, _ -> 1)) {
            assertThatThrownBy(() -> chat.send("go")
                            .onEvent(event -> {
                                if (event instanceof Event.ToolStarted) {
                                    throw new UnsupportedOperationException("mine");
                                }
                            })
                            .await())
                    .hasMessage("mine");
            assertThat(chat.history()).isEmpty();
            assertThat(chat.ask("go")).isEqualTo("2 euros.");
        }
    }

    @Test
    void aToolTheCallerRunsEndsTheTurnAndItsResultGoesOn() {
        try (var model = callingOnce();
                var chat = model.newChat().tool(PRICE).start()) {
            Reply reply = chat.send("How much?").await();
            assertThat(reply.finish()).isEqualTo(Finish.TOOL_CALLS);
            ToolCall call = reply.toolCalls().getFirst();
            assertThat(call.arguments()).isEqualTo(APPLE);
            Reply answer = chat.send(List.of(Message.toolResult(String.valueOf(call.id()), "0.5")))
                    .await();
            assertThat(answer.text()).isEqualTo("2 euros.");
            assertThat(contents(chat))
                    .containsExactly("user:How much?", "assistant:", "tool:0.5", "assistant:2 euros.");
        }
    }

    @Test
    void cancellingInAToolEndsTheTurnAfterIt() {
        try (var model = ScriptedModel.replying()
                        .thenCalls(ToolCall.of("price", APPLE), ToolCall.of("price", PEAR))
                        .thenReplies("late");
                var chat = chat(model, _ -> {
                    cancelling.run();
                    return 1;
                })) {
            Generation turn = chat.send("go");
            cancelling = turn::cancel;
            Reply reply = turn.await();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
            assertThat(reply.toolRuns()).hasSize(2);
            assertThat(contents(chat))
                    .containsExactly(
                            "user:go",
                            "assistant:",
                            "tool:1",
                            "tool:Error: not run: the turn was cancelled",
                            "assistant:");
            assertThat(chat.ask("again")).isEqualTo("late");
        }
    }

    private Runnable cancelling = () -> {};

    @Test
    void aTurnThatWaitsForAnAbandonedLoopCanBeCancelled() {
        try (var model = ScriptedModel.replying()
                        .thenReplies("x")
                        .thenCalls("price", APPLE)
                        .thenReplies("y");
                var chat = chat(model, _ -> 1)) {
            chat.ask("go");
            Generation turn = chat.send("go");
            Iterator<String> pieces = turn.iterator();
            assertThatThrownBy(() -> chat.ask("other")).isInstanceOf(SessionBusyException.class);
            turn.cancel();
            awaitIdle(chat);
            assertThat(chat.history()).hasSize(4);
            assertThat(pieces.hasNext()).isFalse();
        }
    }

    private static void awaitIdle(ChatSession chat) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < deadline) {
            try {
                chat.rewind(0);
                return;
            } catch (SessionBusyException _) {
                Thread.onSpinWait();
            }
        }
        throw new AssertionError("still busy after 20 seconds");
    }

    @Test
    void closingTheSessionWhileItWaitsForTheLoopFreesIt() {
        try (var model = callingOnce()) {
            ChatSession chat = chat(model, _ -> 1);
            Iterator<String> pieces = chat.send("go").iterator();
            chat.close();
            assertThat(pieces.hasNext()).isFalse();
        }
    }

    @Test
    void theTimeLimitIsThatOfTheWholeTurn() {
        try (var model = callingOnce();
                var chat = chat(model, _ -> {
                    TimeUnit.MILLISECONDS.sleep(150);
                    return 1;
                })) {
            Reply reply =
                    chat.send("go", o -> o.timeout(Duration.ofMillis(100))).await();
            assertThat(reply.finish()).isEqualTo(Finish.TIMEOUT);
            assertThat(chat.ask("again")).isEqualTo("2 euros.");
        }
    }

    @Test
    void anInterruptedToolCancelsTheTurnAndLeavesTheFlagSet() {
        try (var model = callingOnce();
                var chat = chat(model, _ -> {
                    throw new InterruptedException();
                })) {
            Reply reply = chat.send("go").await();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
        }
    }

    @Test
    void anAwaitThatGaveUpIsTakenUpAgainAndRunsTheTools() throws Exception {
        try (var model = callingOnce().delaying(Duration.ofMillis(10));
                var chat = chat(model, _ -> 1)) {
            Generation turn = chat.send("go");
            assertThatThrownBy(() -> turn.await(Duration.ofMillis(20))).isInstanceOf(TimeoutException.class);
            assertThat(turn.await(Duration.ofSeconds(20)).text()).isEqualTo("2 euros.");
            assertThat(chat.history()).hasSize(4);
        }
    }

    @Test
    void aSlowToolHoldsUpNobodyAndMayUseTheModel() throws Exception {
        CountDownLatch otherIsDone = new CountDownLatch(1);
        try (var model = callingOnce();
                var slow = chat(model, _ -> {
                    try (var inner = model.chat()) {
                        TestModel.awaitUninterrupted(otherIsDone);
                        return inner.ask("inside");
                    }
                });
                var quick = model.chat()) {
            CompletableFuture<Reply> waiting = slow.send("go").onEvent(_ -> {}).future();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (model.prompts().isEmpty() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(quick.ask("go")).isEqualTo("2 euros.");
            otherIsDone.countDown();
            assertThat(waiting.get(20, TimeUnit.SECONDS).toolRuns().getFirst().result())
                    .isEqualTo("2 euros.");
        }
    }

    @Test
    void resultsAreWrittenAsText() {
        record Fruit(String name, List<Integer> prices, java.util.Optional<String> origin) {}
        assertThat(ToolResults.text("as it is")).isEqualTo("as it is");
        assertThat(ToolResults.text(null)).isEqualTo("null");
        assertThat(ToolResults.text(0.5)).isEqualTo("0.5");
        assertThat(ToolResults.text(new Fruit("苹果", List.of(1, 2), java.util.Optional.empty())))
                .isEqualTo("{\"name\": \"苹果\", \"prices\": [1, 2], \"origin\": null}");
        assertThat(ToolResults.text(new int[] {1, 2})).isEqualTo("[1, 2]");
        assertThat(ToolResults.text(Map.of(Thread.State.NEW, true))).isEqualTo("{\"NEW\": true}");
        assertThat(ToolResults.text(Duration.ofSeconds(1))).isEqualTo("\"PT1S\"");
    }

    @Test
    void modelsThatCannotCallToolsSaySo() {
        try (var model = TestModel.replying("x")) {
            var _ = model.model.newChat().tool(PRICE).start();
            assertThatThrownBy(
                            () -> model.model.newChat().tool(PRICE).tool(PRICE).start())
                    .hasMessageContaining("two tools are named price");
            assertThatThrownBy(() -> model.model
                            .newChat()
                            .tool(PRICE)
                            .toolChoice(ToolChoice.named("prize"))
                            .start())
                    .hasMessageContaining("names prize");
        }
    }
}
