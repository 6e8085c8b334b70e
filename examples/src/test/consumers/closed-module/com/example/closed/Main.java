package com.example.closed;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.Tool;
import dev.demitasse.chat.testing.ScriptedModel;
import java.lang.invoke.MethodHandles;
import java.util.Map;

/** Has a reply type and a tool that are nobody else's business; the argument says which is tried. */
public final class Main {
    record Answer(int value) {}

    static class Shop {
        @Tool("Price of a fruit in euros")
        private double price(String fruit) {
            return fruit.length();
        }
    }

    private Main() {}

    public static void main(String[] arguments) {
        try (ScriptedModel model = script(arguments[0]);
                ChatSession chat = session(model, arguments[0])) {
            Object value = arguments[0].equals("record")
                    ? chat.ask("How much?", Answer.class).value()
                    : chat.ask("How much?");
            System.out.println("value: " + value);
        }
    }

    private static ScriptedModel script(String what) {
        return what.equals("record")
                ? ScriptedModel.replying("{\"value\": 4}")
                : ScriptedModel.replying()
                        .thenCalls("price", Map.of("fruit", "pear"))
                        .thenReplies("4");
    }

    private static ChatSession session(ScriptedModel model, String what) {
        return switch (what) {
            case "tool" -> model.newChat().tools(new Shop()).start();
            case "lookup" ->
                model.newChat().tools(MethodHandles.lookup(), new Shop()).start();
            default -> model.chat();
        };
    }
}
