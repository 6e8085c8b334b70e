package dev.demitasse.chat;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The code of docs/guide/structured-output.md, so that it compiles and runs. */
final class StructuredOutputGuide {
    private StructuredOutputGuide() {}

    sealed interface Payment permits Cash, Card {}

    record Cash(int euros) implements Payment {}

    record Card(@Description("the last four digits") String number, Optional<LocalDate> expires) implements Payment {}

    @Description("An order as the customer wrote it")
    record Order(
            String customer,
            Payment payment,
            Map<String, Integer> items,
            @Nullable Order previous) {}

    static List<Object> run(LanguageModel model, ChatSession chat) {
        enum Mood {
            HAPPY,
            NEUTRAL,
            ANGRY
        }
        record Ticket(String title, Mood mood, int urgency, List<String> products) {}

        Ticket ticket = chat.ask("Classify: my second kettle is broken again!", Ticket.class);

        Order order = chat.ask("Read this order: Li Na takes three apples, 5 euros in cash", Order.class);

        String answer = chat.ask("Is that spam?", OutputType.choice("yes", "no"));
        String plate = chat.ask("Which number plate?", OutputType.regex("[A-Z]{1,3}-[A-Z]{1,2} [0-9]{1,4}"));
        List<Ticket> tickets = chat.ask("Two tickets, please: ...", OutputType.listOf(Ticket.class));

        String schema = """
            {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
            """;
        String json =
                chat.ask("Where is the Eiffel Tower?", o -> o.jsonSchema(schema).maxTokens(100));

        String list = chat.ask("Three fruits?", o -> o.grammar("""
            root ::= item{3}
            item ::= "- " [^\\n]{1,40} "\\n"
            """));

        OutputType<Ticket> type = OutputType.of(Ticket.class);
        ChatRequest request =
                ChatRequest.builder().user("Classify: it works!").output(type).build();
        Ticket streamed =
                type.parse(model.send(request).onText(System.out::print).await().text());

        return List.of(ticket, order, answer, plate, tickets, json, list, streamed);
    }
}
