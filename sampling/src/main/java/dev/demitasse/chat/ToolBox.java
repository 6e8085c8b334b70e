package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tools of a session, by name, with what each of them does; those without a handler are the caller's to run. */
final class ToolBox {
    static final ToolBox EMPTY = new ToolBox(List.of());

    /** @param handler null if the caller runs the tool */
    record Entry(ToolDefinition definition, @Nullable ToolHandler<ToolCall> handler) {}

    private final List<ToolDefinition> definitions = new ArrayList<>();
    private final Map<String, ToolHandler<ToolCall>> handlers = new LinkedHashMap<>();

    /** @throws IllegalArgumentException if two tools have one name */
    ToolBox(List<Entry> entries) {
        for (Entry entry : entries) {
            definitions.add(entry.definition());
            if (entry.handler() != null) {
                handlers.put(entry.definition().name(), entry.handler());
            }
        }
        ToolNames.requireDistinct(definitions);
    }

    List<ToolDefinition> definitions() {
        return definitions;
    }

    /** Whether none of these calls is the caller's to run. */
    boolean canRun(List<ToolCall> calls) {
        return calls.stream().allMatch(call -> handlers.containsKey(call.name()));
    }

    /** Runs a tool; what it throws is told to the model, except errors, which end the turn. */
    ToolRun run(ToolCall call) {
        try {
            ToolHandler<ToolCall> handler = handlers.get(call.name());
            if (handler == null) {
                throw new IllegalArgumentException("there is no tool " + call.name());
            }
            return new ToolRun(call, ToolResults.text(handler.call(call)), null);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return failed(call, interrupted);
        } catch (Exception thrown) {
            return failed(call, thrown);
        }
    }

    static ToolRun failed(ToolCall call, Throwable thrown) {
        String message = thrown.getMessage();
        String kind = thrown.getClass().getSimpleName();
        return new ToolRun(call, "Error: " + (message == null || message.isBlank() ? kind : message), thrown);
    }
}
