package dev.demitasse.chat.testing;

import dev.demitasse.chat.DemitasseException;
import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.chat.Rendering;
import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import java.nio.IntBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The replies of a scripted model, in order, and the prompts they were given to. Thread-safe. */
final class Script {
    /** One entry. */
    private sealed interface Step {}

    /** Token ids of a reply. */
    private record Answer(int[] tokens) implements Step {}

    private record Calls(int[] tokens) implements Step {}

    private record Failure(RuntimeException thrown) implements Step {}

    private final Tokenizer tokenizer;
    private final int[] assistant;
    private final List<Step> steps = new ArrayList<>();
    private final List<String> prompts = new ArrayList<>();
    private final Set<IntBuffer> completed = new HashSet<>();
    private int next;
    private Duration tokenTime = Duration.ZERO;

    Script(ModelLanguage language) {
        this.tokenizer = language.tokenizer();
        this.assistant = tokenizer.encode("<|im_start|>assistant", SpecialTokens.ALL);
    }

    synchronized void answer(Rendering reply) {
        steps.add(new Answer(reply.encode(tokenizer)));
    }

    synchronized void calls(Rendering reply) {
        steps.add(new Calls(reply.encode(tokenizer)));
    }

    synchronized void fail(RuntimeException thrown) {
        steps.add(new Failure(thrown));
    }

    synchronized void tokenTime(Duration time) {
        tokenTime = time;
    }

    synchronized Duration tokenTime() {
        return tokenTime;
    }

    synchronized List<String> prompts() {
        return List.copyOf(prompts);
    }

    /** A prompt without a template is going to be completed. */
    synchronized void completes(int[] prompt) {
        completed.add(IntBuffer.wrap(prompt.clone()));
    }

    /**
     * The next reply, or null if nobody asks for one: the prompt does not end where the assistant's answer begins, and is
     * none to be completed.
     */
    synchronized int @Nullable [] reply(int[] prompt) {
        if (!endsInAnswer(prompt) && !completed.contains(IntBuffer.wrap(prompt))) {
            return null;
        }
        prompts.add(tokenizer.decode(prompt));
        return switch (nextStep()) {
            case Answer(int[] tokens) -> tokens;
            case Calls(int[] tokens) -> tokens;
            case Failure(RuntimeException thrown) -> throw thrown;
        };
    }

    private Step nextStep() {
        if (next < steps.size()) {
            return steps.get(next++);
        }
        if (!steps.isEmpty() && steps.getLast() instanceof Answer last) {
            return last;
        }
        throw new DemitasseException("the script has ended: it has " + steps.size()
                + " replies, and one more was asked for. Add thenReplies(...)");
    }

    private boolean endsInAnswer(int[] prompt) {
        for (int from = prompt.length - assistant.length; from >= 0; from--) {
            if (prompt[from] == assistant[0]) {
                return Arrays.equals(prompt, from, from + assistant.length, assistant, 0, assistant.length);
            }
        }
        return false;
    }
}
