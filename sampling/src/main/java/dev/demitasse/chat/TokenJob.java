package dev.demitasse.chat;

import dev.demitasse.sampling.Logprobs;
import dev.demitasse.sampling.Sampler;
import dev.demitasse.sampling.SamplingException;
import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.sampling.TokenHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Generates tokens: draws them, counts them, measures, and knows when to stop. */
abstract class TokenJob extends Job {
    private static final float[] NO_LOGITS = {};

    /**
     * What is to be generated.
     *
     * @param prompt token ids, fewer than {@code contextSize}
     * @param options everything resolved
     * @param stopTokens tokens that end the model's turn
     * @param constraint what may be written, at its start, or null; it decides about stop tokens too
     */
    record Task(
            int[] prompt,
            ChatOptions options,
            Set<Integer> stopTokens,
            int contextSize,
            @Nullable TokenConstraint constraint) {}

    private final Task task;
    /** Length of the sequence once the prompt is read. */
    private int promptEnd;

    private final Sampler sampler;
    private final TokenHistory history;
    private final PromptLookup lookup;
    private final IntList tokens = new IntList();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private final long created = System.nanoTime();
    private final long deadline;
    private int completionTokens;
    private int proposedTokens;
    private int acceptedTokens;
    private long startedAt = created;
    private long firstTokenAt = created;
    private long lastTokenAt = created;
    private FlightEvents.@Nullable Prefill prefill;
    private FlightEvents.@Nullable Decode decode;
    private @Nullable Finish finish;
    private volatile boolean cancelled;

    TokenJob(Task task, TokenSequence sequence) {
        super(sequence, task.prompt());
        this.task = task;
        this.sampler = task.options().newSampler();
        this.history = new TokenHistory(task.prompt());
        this.lookup = new PromptLookup(task.options().promptLookup());
        this.deadline = created + Clock.nanos(task.options().timeout());
    }

    /** A token was drawn, whose probability was asked for. */
    void drawn(TokenLogprob logprob) {}

    /**
     * Takes a token that does not end the model's turn.
     *
     * @return why the generation ends with it, or null if it goes on
     */
    abstract @Nullable Finish accept(int token);

    /** The model ended its turn. */
    abstract Finish endOfTurn();

    /** The generation ended. */
    abstract void finished(Finish finish);

    /** Ends the job within a token, or within a layer while the prompt is read. Any thread. */
    final void cancel() {
        cancelled = true;
    }

    @Override
    final boolean stopRequested() {
        return cancelled || System.nanoTime() - deadline > 0;
    }

    @Override
    final long nanosLeft() {
        return deadline - System.nanoTime();
    }

    @Override
    final void started() {
        if (startedAt == created) {
            startedAt = System.nanoTime();
            if (FlightEvents.areWanted()) {
                prefill = new FlightEvents.Prefill();
                prefill.begin();
            }
        }
    }

    @Override
    final void completed() {
        ended(Objects.requireNonNull(finish));
    }

    @Override
    final void stopped() {
        ended(cancelled ? Finish.CANCELLED : Finish.TIMEOUT);
    }

    private void ended(Finish reason) {
        if (decode != null) {
            decode.completionTokens = completionTokens;
            decode.finish = reason.name();
            decode.commit();
        }
        finished(reason);
    }

    @Override
    final int next(float[] logits) {
        if (completionTokens == 0) {
            promptEnd = sequence().length();
        }
        int token = draw(logits);
        lastTokenAt = System.nanoTime();
        if (completionTokens++ == 0) {
            firstTokenAt = lastTokenAt;
            promptWasRead();
        }
        finish = finishAfter(token);
        return finish == null ? token : END;
    }

    private void promptWasRead() {
        if (prefill != null) {
            prefill.promptTokens = task.prompt().length;
            prefill.cachedTokens = cached();
            prefill.commit();
        }
        if (FlightEvents.areWanted()) {
            decode = new FlightEvents.Decode();
            decode.begin();
        }
    }

    /** No more than there is room for after the token that was drawn last, which has to be computed anyway. */
    @Override
    final int guess(int[] guesses, int most) {
        return lookup.guess(history, guesses, Math.min(most, remaining() - 1));
    }

    @Override
    final void guessed(int proposed, int accepted) {
        proposedTokens += proposed;
        acceptedTokens += accepted;
        lookup.learn(proposed, accepted);
    }

    /** The room that a prompt of so many tokens and its reply may take. */
    final int lengthAfter(int promptTokens) {
        // Not the sum first: maxTokens may be as large as an int.
        int room = task.contextSize() - promptTokens;
        return promptTokens + Math.min(room, task.options().maxTokens());
    }

    private @Nullable Finish finishAfter(int token) {
        if (task.stopTokens().contains(token)) {
            return endOfTurn();
        }
        history.append(token);
        tokens.add(token);
        Finish accepted = accept(token);
        if (accepted != null) {
            return accepted;
        }
        TokenConstraint constraint = task.constraint();
        if (constraint != null && (constraint.isExhausted() || (remaining() == 0 && constraint.isComplete()))) {
            return endOfTurn();
        }
        if (completionTokens == task.options().maxTokens()) {
            return Finish.LENGTH;
        }
        return remaining() == 0 ? Finish.CONTEXT_FULL : null;
    }

    /** How many tokens may still be drawn before maxTokens or the context is reached. */
    private int remaining() {
        int ofReply = task.options().maxTokens() - completionTokens;
        // Counted, since the sequence may hold guesses. The last token needs no place in it.
        int ofContext = task.contextSize() + 1 - promptEnd - completionTokens;
        return Math.min(ofReply, ofContext);
    }

    private int draw(float[] logits) {
        int alternatives = task.options().logprobs();
        float[] raw = alternatives < 0 ? NO_LOGITS : logits.clone();
        int token;
        try {
            token = drawAllowed(logits);
        } catch (SamplingException e) {
            throw new DemitasseException("no token could be drawn: " + e.getMessage(), e);
        }
        if (alternatives >= 0) {
            TokenLogprob logprob = new TokenLogprob(Logprobs.of(raw, token, alternatives));
            logprobs.add(logprob);
            drawn(logprob);
        }
        return token;
    }

    private int drawAllowed(float[] logits) {
        TokenConstraint constraint = task.constraint();
        if (constraint != null) {
            constraint.mask(logits, remaining());
        }
        int token = sampler.sample(logits, history);
        if (token < 0 || token >= logits.length) {
            throw new SamplingException(
                    "the sampler chose token " + token + ", the vocabulary has 0 to " + (logits.length - 1));
        }
        if (constraint != null && !task.stopTokens().contains(token)) {
            constraint.accept(token);
        }
        return token;
    }

    /** Tokens generated so far, without one that ended the model's turn. */
    final int[] tokens() {
        return tokens.toArray();
    }

    final int promptLength() {
        return task.prompt().length;
    }

    final List<TokenLogprob> logprobs() {
        return logprobs;
    }

    final Usage usage() {
        return new Usage(task.prompt().length, cached(), completionTokens);
    }

    final Timings timings() {
        if (completionTokens == 0) {
            return Timings.NONE;
        }
        return new Timings(
                task.prompt().length - cached(),
                firstTokenAt - startedAt,
                completionTokens - 1,
                lastTokenAt - firstTokenAt,
                firstTokenAt - created,
                proposedTokens,
                acceptedTokens);
    }
}
