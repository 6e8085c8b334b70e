package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/**
 * What a tool does.
 *
 * @param <A> its arguments
 */
@FunctionalInterface
public interface ToolHandler<A> {
    /**
     * Runs the tool, on the thread that awaits or iterates the turn.
     *
     * @param arguments as the model chose them: valid by the tool's schema, but nobody's word
     * @return what the model is told: text as it is, null as "null"; numbers, booleans, enums, records, lists, maps,
     *     arrays and optionals as JSON; anything else as its {@code toString}
     * @throws Exception told to the model, which may try again or go on without
     */
    @Nullable
    Object call(A arguments) throws Exception;
}
