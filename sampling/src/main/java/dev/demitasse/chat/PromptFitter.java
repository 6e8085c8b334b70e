package dev.demitasse.chat;

import dev.demitasse.chat.PromptEncoder.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes the prompt of a question fit its context, by the session's {@link Overflow} where it does not. */
final class PromptFitter implements Overflow.Room {
    /** The part of the context that is kept free for an answer: one in so many tokens, less if the answer is shorter. */
    private static final int ANSWER_SHARE = 4;

    private final PromptEncoder encoder;
    private final Function<List<Message>, TemplateInput> asking;
    private final int contextSize;
    private final int size;

    /**
     * @param asking what the template is to write for a history: with what comes before and after it
     * @param maxTokens of the answer
     */
    PromptFitter(PromptEncoder encoder, Function<List<Message>, TemplateInput> asking, int contextSize, int maxTokens) {
        this.encoder = encoder;
        this.asking = asking;
        this.contextSize = contextSize;
        this.size = contextSize - Math.min(maxTokens, Math.max(1, contextSize / ANSWER_SHARE));
    }

    /**
     * A prompt that fits.
     *
     * @param history what became of the messages before the question, or null if that is nothing
     * @param dropped how many of them are gone
     */
    record Fitting(Prompt prompt, @Nullable List<Message> history, int dropped) {}

    /**
     * The prompt itself, or a shorter one.
     *
     * @throws ContextOverflowException if the strategy leaves no room for an answer
     */
    Fitting fit(Prompt whole, List<Message> history, Overflow overflow) {
        if (overflow.equals(Overflow.fail()) || whole.tokens().length <= size) {
            return new Fitting(whole, null, 0);
        }
        List<Message> rest = List.copyOf(overflow.shorten(history, this));
        Prompt shorter = encode(rest);
        if (shorter.tokens().length >= contextSize) {
            throw new ContextOverflowException(shorter.tokens().length + 1, contextSize);
        }
        return rest.equals(history) ? new Fitting(whole, null, 0) : new Fitting(shorter, rest, dropped(history, rest));
    }

    private static int dropped(List<Message> before, List<Message> after) {
        List<Message> dropped = new ArrayList<>(before);
        after.forEach(dropped::remove);
        return dropped.size();
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int tokens(List<Message> history) {
        return encode(history).tokens().length;
    }

    private Prompt encode(List<Message> history) {
        return encoder.encode(asking.apply(history), null);
    }
}
