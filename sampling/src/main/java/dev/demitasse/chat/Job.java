package dev.demitasse.chat;

/**
 * Work on one sequence, given to the {@link Scheduler}: tokens to append, then, for as long as {@link #next} says, one
 * more token at a time. The scheduler's thread calls all methods but {@link #stopRequested}'s writers; they must neither
 * block nor run an application's code that might.
 */
abstract class Job {
    /** What {@link #next} returns to end the job. */
    static final int END = -1;

    private final TokenSequence sequence;
    private final int[] prompt;
    private final long submittedAt = System.nanoTime();
    private final int[] single = new int[1];
    private int[] pending;
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
        this.pending = prompt;
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

    /** Which tokens of the prompt want logits: {@code ALL} sends each to {@link #promptLogits}. */
    Engine.Logits promptLogitsWanted() {
        return Engine.Logits.LAST;
    }

    /** The job's first tokens are about to be computed. */
    void started() {}

    /** Logits of a prompt position, if all are wanted, in order. */
    void promptLogits(int position, float[] logits) {}

    /** So many tokens of the prompt are done. */
    void prefilled(int tokens) {}

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

    /** Tokens that wait to be computed: more than one only while the prompt is read. */
    final int waiting() {
        return pending.length - done;
    }

    final boolean decoding() {
        return prefilled;
    }

    final Engine.Span span(int count) {
        boolean last = count == waiting();
        Engine.Logits wanted = prefilled || promptLogitsWanted() != Engine.Logits.ALL
                ? (last ? Engine.Logits.LAST : Engine.Logits.NONE)
                : Engine.Logits.ALL;
        return new Engine.Span(sequence.cache(), pending, done, count, wanted);
    }

    /**
     * Takes the results of a pass.
     *
     * @param row the first row of logits that belongs to this job
     * @return false if the job has ended
     */
    final boolean advance(Engine engine, Engine.Span span, int row) {
        sequence.appended(pending, span.from(), span.count());
        if (!prefilled && span.logits() == Engine.Logits.ALL) {
            for (int i = 0; i < span.count(); i++) {
                promptLogits(span.from() + i, engine.logits(row + i));
            }
        }
        done += span.count();
        if (!prefilled) {
            prefilled(done);
        }
        if (done < pending.length) {
            return true;
        }
        prefilled = true;
        int lastRow = span.logits() == Engine.Logits.ALL ? row + span.count() - 1 : row;
        int token = next(engine.logits(lastRow));
        if (token == END) {
            return false;
        }
        single[0] = token;
        pending = single;
        done = 0;
        return true;
    }

    static int rows(Engine.Span span) {
        return switch (span.logits()) {
            case NONE -> 0;
            case LAST -> 1;
            case ALL -> span.count();
        };
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " with " + waiting() + " tokens to go";
    }
}
