package dev.demitasse.chat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks of tools by name. */
final class ToolNames {
    private ToolNames() {}

    static void requireDistinct(List<ToolDefinition> tools) {
        Set<String> names = new HashSet<>();
        for (ToolDefinition tool : tools) {
            if (!names.add(tool.name())) {
                throw new IllegalArgumentException("two tools are named " + tool.name() + ": rename one of them");
            }
        }
    }

    static void requirePossible(ToolChoice choice, List<ToolDefinition> tools) {
        String name = choice.tool();
        if (choice.forcesCall() && tools.isEmpty()) {
            throw new IllegalArgumentException("toolChoice is " + choice + ", but there are no tools");
        }
        if (name != null && tools.stream().noneMatch(tool -> tool.name().equals(name))) {
            throw new IllegalArgumentException("toolChoice names " + name + "; the tools are "
                    + tools.stream().map(ToolDefinition::name).toList());
        }
    }
}
