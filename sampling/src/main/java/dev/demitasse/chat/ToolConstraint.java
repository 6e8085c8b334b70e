package dev.demitasse.chat;

import dev.demitasse.grammar.TokenGrammar;
import dev.demitasse.sampling.SamplingException;
import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.tokenizer.SpecialTokens;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a reply with tools may be: an answer, or calls. From the token that begins a call to the one that ends it only a
 * tool's name and arguments that are valid by its schema can be written; behind a call comes another or the end.
 */
final class ToolConstraint implements TokenConstraint {
    private enum Place {
        ANSWER,
        THINKING,
        CALL,
        /** Behind a call. */
        AFTER,
        /** Behind a line feed behind a call. */
        BETWEEN
    }

    // Tokens around the body of a call, and the line feed before another.
    private static final int AROUND = 3;

    private final Markup markup;
    private final Set<Integer> stopTokens;
    private final int lineFeed;
    private final ToolChoice choice;
    private final TokenGrammar body;
    private final @Nullable TokenConstraint answer;
    private @Nullable TokenConstraint call;
    private Place place;
    private boolean begun;

    /**
     * Makes a constraint for one reply.
     *
     * @param body what is between the tokens of a call
     * @param answer what the reply is if it calls nothing, or null for any text
     * @param thinking whether the prompt ends in reasoning, which the reply goes on with
     */
    ToolConstraint(
            ModelLanguage language,
            ToolChoice choice,
            TokenGrammar body,
            @Nullable TokenConstraint answer,
            boolean thinking) {
        this.markup = language.markup();
        this.stopTokens = language.stopTokens();
        this.lineFeed = language.tokenizer().encode("\n", SpecialTokens.NONE)[0];
        this.choice = choice;
        this.body = body;
        this.answer = answer;
        this.place = thinking ? Place.THINKING : Place.ANSWER;
    }

    private ToolConstraint(ToolConstraint other) {
        this.markup = other.markup;
        this.stopTokens = other.stopTokens;
        this.lineFeed = other.lineFeed;
        this.choice = other.choice;
        this.body = other.body;
        this.answer = other.answer == null ? null : other.answer.copy();
        this.call = other.call == null ? null : other.call.copy();
        this.place = other.place;
        this.begun = other.begun;
    }

    @Override
    public void mask(float[] logits, int remaining) {
        switch (place) {
            case ANSWER -> maskAnswer(logits, remaining);
            case THINKING -> maskThinking(logits, remaining);
            case CALL -> currentCall().mask(logits, Math.max(1, remaining - 1));
            case AFTER -> keep(logits, hasRoomForCall(remaining - 1) ? lineFeed : Markup.ABSENT, true);
            case BETWEEN -> keep(logits, markup.toolCall(), false);
        }
    }

    private void maskAnswer(float[] logits, int remaining) {
        boolean mayCall = !choice.equals(ToolChoice.NONE) && hasRoomForCall(remaining);
        if (choice.forcesCall()) {
            if (!mayCall) {
                throw new SamplingException("the shortest tool call takes " + (body.shortest() + 2)
                        + " tokens, and only " + remaining + " are left");
            }
            boolean mayThink = markup.canThink() && !begun && hasRoomForCall(remaining - 2);
            float think = mayThink ? logits[markup.think()] : Float.NEGATIVE_INFINITY;
            keep(logits, markup.toolCall(), false);
            if (markup.canThink()) {
                logits[markup.think()] = think;
            }
            return;
        }
        float toolCall = logits[markup.toolCall()];
        if (answer != null) {
            answer.mask(logits, remaining);
        }
        // an answer of a given type is begun or it is not: a call in the middle of it would break it off
        boolean callIsPossible = mayCall && !(answer != null && begun);
        logits[markup.toolCall()] = callIsPossible ? toolCall : Float.NEGATIVE_INFINITY;
        logits[markup.endToolCall()] = Float.NEGATIVE_INFINITY;
    }

    /** Before a call that has to be made, reasoning ends neither the reply nor the room for the call. */
    private void maskThinking(float[] logits, int remaining) {
        if (!choice.forcesCall()) {
            return;
        }
        if (!hasRoomForCall(remaining - 2)) {
            keep(logits, markup.endThink(), false);
            return;
        }
        for (int token : stopTokens) {
            if (token < logits.length) {
                logits[token] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** How many tokens the shortest call takes, with what stands around it. */
    static int shortestCall(TokenGrammar body) {
        return body.shortest() + AROUND;
    }

    private boolean hasRoomForCall(int remaining) {
        return remaining >= shortestCall(body);
    }

    private void keep(float[] logits, int kept, boolean stops) {
        float[] before = new float[stopTokens.size()];
        int i = 0;
        for (int token : stopTokens) {
            before[i++] = token < logits.length ? logits[token] : Float.NEGATIVE_INFINITY;
        }
        float value = kept == Markup.ABSENT ? 0 : logits[kept];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        if (kept != Markup.ABSENT) {
            logits[kept] = value;
        }
        i = 0;
        for (int token : stopTokens) {
            if (stops && token < logits.length) {
                logits[token] = before[i];
            }
            i++;
        }
    }

    private TokenConstraint currentCall() {
        if (call == null) {
            throw new IllegalStateException("no call has begun");
        }
        return call;
    }

    @Override
    public void accept(int token) {
        switch (place) {
            case ANSWER -> acceptInAnswer(token);
            case THINKING -> {
                if (token == markup.endThink()) {
                    place = Place.ANSWER;
                    begun = true;
                }
            }
            case CALL -> {
                if (token == markup.endToolCall() && currentCall().isComplete()) {
                    place = Place.AFTER;
                } else {
                    currentCall().accept(token);
                }
            }
            case AFTER -> place = Place.BETWEEN;
            case BETWEEN -> beginCall();
        }
    }

    private void acceptInAnswer(int token) {
        if (token == markup.toolCall()) {
            beginCall();
        } else if (token == markup.think() && markup.canThink()) {
            place = Place.THINKING;
        } else if (answer != null) {
            answer.accept(token);
        }
        begun = true;
    }

    private void beginCall() {
        call = body.newConstraint(Set.of(markup.endToolCall()));
        place = Place.CALL;
    }

    /** Any text is neither complete nor not: a limit cuts it. */
    @Override
    public boolean isComplete() {
        return place == Place.AFTER || (place == Place.ANSWER && answer != null && answer.isComplete());
    }

    @Override
    public boolean isExhausted() {
        return place == Place.ANSWER && answer != null && answer.isExhausted();
    }

    @Override
    public TokenConstraint copy() {
        return new ToolConstraint(this);
    }
}
