package dev.demitasse.chat;

import java.util.List;

/** What the model said in one turn, why it ended, and what it took. Immutable. */
public final class Reply {
    private final String text;
    private final Finish finish;
    private final Usage usage;
    private final Timings timings;
    private final List<TokenLogprob> logprobs;

    Reply(String text, Finish finish, Usage usage, Timings timings, List<TokenLogprob> logprobs) {
        this.text = text;
        this.finish = finish;
        this.usage = usage;
        this.timings = timings;
        this.logprobs = List.copyOf(logprobs);
    }

    /** The text, without stop strings and special tokens. */
    public String text() {
        return text;
    }

    /** Why the reply ended. */
    public Finish finish() {
        return finish;
    }

    /** What it took, in tokens. */
    public Usage usage() {
        return usage;
    }

    /** How long it took. */
    public Timings timings() {
        return timings;
    }

    /** One entry a generated token, if {@link ChatOptions.Builder#logprobs} asked for them; else empty. */
    public List<TokenLogprob> logprobs() {
        return logprobs;
    }

    @Override
    public String toString() {
        return "Reply[finish=" + finish + ", " + usage + ", " + timings + "]";
    }
}
