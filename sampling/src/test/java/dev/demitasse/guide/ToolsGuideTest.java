package dev.demitasse.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.Finish;
import dev.demitasse.chat.Message;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Tool;
import dev.demitasse.chat.ToolCall;
import dev.demitasse.chat.ToolDefinition;
import dev.demitasse.chat.testing.ScriptedModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of tools.md. */
@Timeout(60)
class ToolsGuideTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    private static ScriptedModel scripted() {
        return ScriptedModel.replying()
                .thenCalls("price", Map.of("fruit", "apple"))
                .thenReplies("Two euros.");
    }

    static class Shop {
        @Tool("Price of a fruit in euros")
        double price(String fruit) {
            return fruit.equals("apple") ? 0.5 : 1;
        }
    }

    @Test
    void methods() {
        try (var model = scripted()) {
            try (var chat = model.newChat().tools(new Shop()).start()) {
                out.println(chat.ask("How much are four apples?"));
            }
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).startsWith("Two euros.");
    }

    record Route(String from, String to) {}

    @Test
    void lambdas() {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("from", "北京");
        arguments.put("to", "广州");
        try (var model = ScriptedModel.replying().thenCalls("route", arguments).thenReplies("By train.")) {
            var travel = model.newChat()
                    .tool("route", "Plans a journey", Route.class, route -> route.from() + " - Wuhan - " + route.to())
                    .start();
            Reply reply = travel.send("How do I get there?").await();
            assertThat(reply.toolRuns().getFirst().result()).isEqualTo("北京 - Wuhan - 广州");
            travel.close();
        }
    }

    private static String lookUp(@Nullable Object fruit) {
        return "apple".equals(fruit) ? "0.5" : "1";
    }

    @Test
    void byHand() {
        try (var model = scripted()) {
            var price = ToolDefinition.of("price", "Price of a fruit in euros", """
                {"type": "object", "properties": {"fruit": {"type": "string"}}, "required": ["fruit"]}\
                """);
            try (var chat = model.newChat().tool(price).start()) {
                Reply reply = chat.send("How much are four apples?").await();
                while (reply.finish() == Finish.TOOL_CALLS) {
                    List<Message> results = new ArrayList<>();
                    for (ToolCall call : reply.toolCalls()) {
                        results.add(
                                Message.toolResult(call, lookUp(call.arguments().get("fruit"))));
                    }
                    reply = chat.send(results).await();
                }
                out.println(reply.text());
            }
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).startsWith("Two euros.");
    }
}
