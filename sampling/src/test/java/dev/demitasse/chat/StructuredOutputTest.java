package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Turns whose reply is held to a type, on a model whose wishes are known. */
@Timeout(120)
class StructuredOutputTest {
    record Point(int x, int y) {}

    record Small(int value) {
        Small {
            if (value > 9) {
                throw new IllegalArgumentException("too large: " + value);
            }
        }
    }

    @Test
    void aReplyBecomesAValue() {
        try (var test = TestModel.replying("{\"x\": 1, \"y\": -2}");
                var chat = test.chat()) {
            assertThat(chat.ask("Where?", Point.class)).isEqualTo(new Point(1, -2));
        }
    }

    @Test
    void aModelThatWritesSomethingElseIsHeldToTheType() {
        try (var test = TestModel.replying("I think that it is at x = 1, so\n```json\n{}");
                var chat = test.chat()) {
            for (int seed = 0; seed < 20; seed++) {
                long s = seed;
                chat.clear();
                Point point = chat.ask(
                        "Where?", OutputType.of(Point.class), o -> o.seed(s).temperature(100));
                assertThat(point).isNotNull();
            }
        }
    }

    @Test
    void theTypeIsToldBelowTheQuestionAndStaysInTheHistory() {
        try (var test = TestModel.replying("{\"x\": 1, \"y\": 2}");
                var chat = test.chat()) {
            OutputType<Point> type = OutputType.of(Point.class);
            assertThat(chat.ask("Where?", type).x()).isEqualTo(1);
            assertThat(chat.history())
                    .extracting(Message::content)
                    .containsExactly("Where?\n\n" + type.instructions(), "{\"x\": 1, \"y\": 2}");
            chat.clear();
            assertThat(chat.ask("Where?", type.withInstructions("")).y()).isEqualTo(2);
            assertThat(chat.history().getFirst().content()).isEqualTo("Where?");
        }
    }

    @Test
    void choicesPatternsSchemasAndGrammars() {
        try (var test = TestModel.replying("no idea");
                var chat = test.chat()) {
            assertThat(chat.ask("?", OutputType.choice("yes", "no"))).isEqualTo("no");
            chat.clear();
            assertThat(chat.ask("?", OutputType.regex("[a-z]{2} [a-z]{2}"))).isEqualTo("no id");
            chat.clear();
            assertThat(chat.ask("?", OutputType.grammar("root ::= \"no \" [a-e]+"), o -> o.maxTokens(9)))
                    .matches("no [a-e]{1,6}");
            chat.clear();
            assertThat(chat.ask("?", o -> o.jsonSchema("{\"enum\": [\"no\", 12]}")))
                    .isIn("\"no\"", "12");
            chat.clear();
            // the model wants a space next: "pe" and the end are equally far from that
            assertThat(chat.ask("?", o -> o.grammar("root ::= \"no\" \"pe\"?"))).isIn("no", "nope");
        }
    }

    @Test
    void aLaterTurnIsFreeAgainUnlessTheSessionIsHeld() {
        try (var test = TestModel.replying("yes", "free text");
                var chat = test.chat();
                var held = test.model
                        .newChat()
                        .options(o -> o.jsonSchema("{\"type\": \"null\"}"))
                        .start()) {
            assertThat(chat.ask("?", OutputType.choice("yes", "no"))).isEqualTo("yes");
            assertThat(chat.ask("?")).isEqualTo("free text");
            assertThat(held.ask("?")).isEqualTo("null");
            assertThat(held.ask("?")).isEqualTo("null");
        }
    }

    @Test
    void aReplyIsStreamedAndEndsWithStop() {
        try (var test = TestModel.replying("{\"x\": 1, \"y\": 2}");
                var chat = test.chat()) {
            List<String> pieces = new ArrayList<>();
            Reply reply = chat.send("?", OutputType.of(Point.class))
                    .onText(pieces::add)
                    .await();
            assertThat(String.join("", pieces)).isEqualTo(reply.text()).isEqualTo("{\"x\": 1, \"y\": 2}");
            assertThat(reply.finish()).isEqualTo(Finish.STOP);
        }
    }

    @Test
    void stopStringsAreNotLookedFor() {
        try (var test = TestModel.replying("{\"x\": 1, \"y\": 2}");
                var chat = test.chat()) {
            assertThat(chat.ask("?", OutputType.of(Point.class), o -> o.stop(",")))
                    .isEqualTo(new Point(1, 2));
        }
    }

    @Test
    void maxTokensTooSmallForAnyValueIsToldBeforeAnythingIsWritten() {
        try (var test = TestModel.replying("{");
                var chat = test.chat()) {
            assertThatThrownBy(() -> chat.ask("?", OutputType.of(Point.class), o -> o.maxTokens(12)))
                    .isInstanceOf(StructuredOutputException.class)
                    .hasMessageContaining("takes 13 tokens, maxTokens is 12");
            assertThat(chat.history()).isEmpty();
            assertThat(chat.ask("?", OutputType.of(Point.class), o -> o.maxTokens(13)))
                    .isNotNull();
        }
    }

    @Test
    void aContextTooSmallForAnyValueIsToldBeforeAnythingIsWritten() {
        try (var test = TestModel.withContext(300, "{");
                var chat = test.chat()) {
            OutputType<Point> type = OutputType.of(Point.class);
            assertThatThrownBy(() -> chat.ask("?".repeat(70), type)).isInstanceOf(ContextOverflowException.class);
            assertThat(chat.ask("?", type.withInstructions(""))).isNotNull();
        }
    }

    @Test
    void theEndOfTheContextClosesTheValue() {
        try (var test = TestModel.withContext(80, "\"" + "z".repeat(500));
                var chat = test.chat()) {
            String text = chat.ask("?", OutputType.of(String.class).withInstructions(""));
            assertThat(text).hasSizeBetween(20, 60).matches("z*.?");
        }
    }

    @Test
    void aValueThatItsConstructorRefusesKeepsItsText() {
        try (var test = TestModel.replying("{\"value\": 10}");
                var chat = test.chat()) {
            assertThatThrownBy(() -> chat.ask("?", Small.class))
                    .isInstanceOfSatisfying(
                            StructuredOutputException.class,
                            thrown -> assertThat(thrown.rawText()).isEqualTo("{\"value\": 10}"))
                    .hasMessageContaining("too large: 10");
            assertThat(chat.history()).hasSize(2);
        }
    }

    @Test
    void aTurnThatIsCutShortIsIncompleteNotMalformed() {
        try (var test = TestModel.replying("[" + "1,".repeat(200)).slowly();
                var chat = test.chat()) {
            assertThatThrownBy(
                            () -> chat.ask("?", OutputType.listOf(int.class), o -> o.timeout(Duration.ofMillis(300))))
                    .isInstanceOf(IncompleteReplyException.class);
        }
    }

    @Test
    void aRequestWithoutASessionHasATypeToo() {
        try (var test = TestModel.replying("{\"x\": 3, \"y\": 4}")) {
            OutputType<Point> type = OutputType.of(Point.class);
            ChatRequest request =
                    ChatRequest.builder().user("Where?").output(type).build();
            assertThat(request.messages().getLast().content())
                    .startsWith("Where?\n\n")
                    .contains("\"properties\"");
            assertThat(type.parse(test.model.send(request).await().text())).isEqualTo(new Point(3, 4));
            assertThat(request)
                    .isNotEqualTo(ChatRequest.builder().user("Where?").build());
        }
    }

    @Test
    void sessionsAtTheSameTimeShareAGrammarAndDoNotDisturbEachOther() {
        try (var test = TestModel.replying("{\"x\": 12345, \"y\": -6}")) {
            List<CompletableFuture<Point>> points = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                points.add(CompletableFuture.supplyAsync(
                        () -> {
                            try (ChatSession chat = test.chat()) {
                                return chat.ask("?", Point.class);
                            }
                        },
                        task -> Thread.ofVirtual().start(task)));
            }
            assertThat(points).allSatisfy(point -> assertThat(point.join()).isEqualTo(new Point(12345, -6)));
        }
    }

    @Test
    void aModelThatIsHeldToATypeIsToldNotToThinkAloud() {
        List<TemplateInput.Thinking> told = new ArrayList<>();
        ChatTemplate noting = new ChatTemplate() {
            @Override
            public String name() {
                return "noting";
            }

            @Override
            public Rendering render(TemplateInput input) {
                told.add(input.thinking());
                return TestLanguage.CHATML.render(input);
            }
        };
        try (var test = TestModel.replying("yes", "free");
                var chat = test.model.newChat().template(noting).start()) {
            assertThat(chat.ask("?", OutputType.choice("yes", "no"))).isEqualTo("yes");
            assertThat(told).isNotEmpty().containsOnly(TemplateInput.Thinking.OFF);
            told.clear();
            assertThat(chat.ask("?")).isEqualTo("free");
            assertThat(told).isNotEmpty().containsOnly(TemplateInput.Thinking.DEFAULT);
        }
        ChatRequest.Builder request = ChatRequest.builder().user("?").output(OutputType.choice("yes"));
        assertThat(request.build().templateInput().thinking()).isEqualTo(TemplateInput.Thinking.OFF);
        assertThat(request.thinking(TemplateInput.Thinking.ON)
                        .build()
                        .templateInput()
                        .thinking())
                .isEqualTo(TemplateInput.Thinking.ON);
    }

    @Test
    void optionsTellWhatTheyHoldAReplyTo() {
        ChatOptions one = ChatOptions.of(o -> o.jsonSchema("{}"));
        assertThat(one).isEqualTo(ChatOptions.of(o -> o.jsonSchema("{}"))).isNotEqualTo(ChatOptions.INHERIT);
        assertThat(one.toString()).contains("jsonSchema=JSON_SCHEMA of 2 characters");
        assertThat(one.with(ChatOptions.of(o -> o.grammar("root ::= \"a\""))).toString())
                .contains("GBNF");
    }
}
