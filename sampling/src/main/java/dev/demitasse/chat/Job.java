package dev.demitasse.chat;

import java.util.Arrays;

/**
 * Work on one sequence, given to the {@link Scheduler}: tokens to append, then, for as long as {@link #next} says, one
 * more token at a time, or several where they could be guessed. The scheduler's thread calls all methods but {@link #stopRequested}'s writers; they must neither
 * block nor run an application's code that might.
 */
abstract class Job {
    /** What {@link #next} returns to end the job. */
    static final int END = -1;

    private final TokenSequence sequence;
    private final int[] prompt;
    private final long submittedAt = System.nanoTime();
    /** The token that was chosen last; from index 1 on, what may come after it. */
    private int[] next = new int[1];

    private int done;
    private int cached;
    private boolean prefilled;

    /**
     * Makes a job.
     *
     * @param sequence where the tokens go
     * @param prompt at least one token
     */
    Job(TokenSequence sequence, int[] prompt) {
        this.sequence = sequence;
        this.prompt = prompt;
    }

    /**
     * Whether the prompt comes after what the sequence holds. Otherwise it is the whole of it, and what the sequence holds
     * is of use as far as the two agree.
     */
    abstract boolean continuesSequence();

    /** Most tokens the sequence will hold. */
    abstract int finalLength();

    /**
     * There is memory for the job, and its turn has come.
     *
     * @param cachedTokens how many tokens of the prompt are in the sequence already; fewer than all
     */
    final void begin(int cachedTokens) {
        cached = cachedTokens;
        done = cachedTokens;
    }

    /** How many tokens of the prompt were in the sequence when the job began. */
    final int cached() {
        return cached;
    }

    final int[] prompt() {
        return prompt;
    }

    /** When it was handed in, as {@link System#nanoTime} tells it. */
    final long submittedAt() {
        return submittedAt;
    }

    /**
     * Which tokens of the prompt want logits: {@code ALL} sends each to {@link #promptLogits}, {@code HIDDEN} all hidden states
     * to {@link #promptHidden}.
     */
    Engine.Logits promptLogitsWanted() {
        return Engine.Logits.LAST;
    }

    /** The job's first tokens are about to be computed. */
    void started() {}

    /** Logits of a prompt position, if all are wanted, in order. */
    void promptLogits(int position, float[] logits) {}

    /** Hidden state of a prompt position, if these are wanted, in order. The job ends with the last one. */
    void promptHidden(int position, float[] hidden) {}

    /** So many tokens of the prompt are done. */
    void prefilled(int tokens) {}

    /**
     * Guesses what {@link #next} will return after the token that it returned last. A pass then computes the guesses too,
     * and as many of them as turn out right cost no pass of their own. Wrong ones cost time and change nothing.
     *
     * @param guesses written from index 1 on
     * @param most how many are of use
     * @return how many there are; 0 by default
     */
    int guess(int[] guesses, int most) {
        return 0;
    }

    /** So many tokens were guessed for a pass, and so many of them were what {@link #next} returned. */
    void guessed(int proposed, int accepted) {}

    /**
     * Logits after the last token of the prompt, then after each token this method returned.
     *
     * @param logits {@code [vocab]}, free to change
     * @return the next token to append, or {@link #END}
     */
    abstract int next(float[] logits);

    /** Whether the next token is wanted yet. Asked before each pass while the job decodes; its answer may change then. */
    boolean isWanted() {
        return true;
    }

    /** Nanoseconds until the job has to be asked again whether it should end, if nothing happens before. */
    long nanosLeft() {
        return Long.MAX_VALUE;
    }

    /** Whether the job should end now: cancelled, or out of time. Read often, also while a pass is under way. */
    abstract boolean stopRequested();

    // One of the following comes last, when the sequence is free again.

    /** The job ended because {@link #next} said so. */
    abstract void completed();

    /** The job ended because {@link #stopRequested}. */
    abstract void stopped();

    /** The job ended because of an error. */
    abstract void failed(Throwable failure);

    final TokenSequence sequence() {
        return sequence;
    }

    /** Tokens of the prompt that wait to be computed. */
    final int waiting() {
        return prompt.length - done;
    }

    final boolean decoding() {
        return prefilled;
    }

    /** The next tokens of the prompt. */
    final Engine.Span promptSpan(int count) {
        Engine.Logits wanted = promptLogitsWanted();
        if (wanted == Engine.Logits.LAST && count < waiting()) {
            wanted = Engine.Logits.NONE;
        }
        return new Engine.Span(sequence.cache(), prompt, done, count, wanted);
    }

    /** The token that was chosen last, and guesses. */
    final Engine.Span nextSpan(int mostGuesses) {
        // what a wrong guess leaves must be as if it had not been made
        int most = Math.min(mostGuesses, sequence.cache().revocable(sequence.length() + 1));
        if (most > 0 && next.length <= most) {
            next = Arrays.copyOf(next, most + 1);
        }
        int guesses = most > 0 ? guess(next, most) : 0;
        return new Engine.Span(sequence.cache(), next, 0, 1 + guesses, Engine.Logits.ALL);
    }

    /**
     * Takes the results of a pass.
     *
     * @param row the first row of logits that belongs to this job
     * @return false if the job has ended
     */
    final boolean advance(Engine engine, Engine.Span span, int row) {
        sequence.appended(span.tokens(), span.from(), span.count());
        return prefilled ? advanceReply(engine, span, row) : advancePrompt(engine, span, row);
    }

    private boolean advancePrompt(Engine engine, Engine.Span span, int row) {
        if (span.logits() == Engine.Logits.ALL) {
            for (int i = 0; i < span.count(); i++) {
                promptLogits(span.from() + i, engine.logits(row + i));
            }
        }
        if (span.logits() == Engine.Logits.HIDDEN) {
            for (int i = 0; i < span.count(); i++) {
                promptHidden(span.from() + i, engine.hidden(row + i));
            }
        }
        done += span.count();
        prefilled(done);
        if (waiting() > 0) {
            return true;
        }
        prefilled = true;
        return span.logits() != Engine.Logits.HIDDEN && choose(engine, row + rows(span) - 1) != END;
    }

    /** Chooses a token after each that was computed, for as long as the guesses are what was chosen. */
    private boolean advanceReply(Engine engine, Engine.Span span, int row) {
        int before = sequence.length() - span.count();
        int[] computed = span.tokens();
        int kept = 1;
        try {
            int token = choose(engine, row);
            while (kept < span.count() && token == computed[kept] && !stopRequested()) {
                token = choose(engine, row + kept++);
            }
            return token != END;
        } finally {
            sequence.truncate(before + kept);
            if (span.count() > 1) {
                guessed(span.count() - 1, kept - 1);
            }
        }
    }

    private int choose(Engine engine, int row) {
        int token = next(engine.logits(row));
        next[0] = token;
        return token;
    }

    static int rows(Engine.Span span) {
        return switch (span.logits()) {
            case NONE -> 0;
            case LAST -> 1;
            case ALL, HIDDEN -> span.count();
        };
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " with " + waiting() + " tokens to go";
    }
}
