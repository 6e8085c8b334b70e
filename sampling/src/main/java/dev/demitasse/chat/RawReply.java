package dev.demitasse.chat;

import java.util.List;

/** Token ids that {@link RawSequence#generate} generated. */
public final class RawReply {
    private final int[] tokens;
    private final Finish finish;
    private final Usage usage;
    private final Timings timings;
    private final List<TokenLogprob> logprobs;

    RawReply(int[] tokens, Finish finish, Usage usage, Timings timings, List<TokenLogprob> logprobs) {
        this.tokens = tokens;
        this.finish = finish;
        this.usage = usage;
        this.timings = timings;
        this.logprobs = List.copyOf(logprobs);
    }

    /** The generated token ids, without the stop token; a copy. */
    public int[] tokens() {
        return tokens.clone();
    }

    /** Why the generation ended. */
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

    /** One entry a token, if {@link ChatOptions.Builder#logprobs} asked for them; else empty. */
    public List<TokenLogprob> logprobs() {
        return logprobs;
    }

    @Override
    public String toString() {
        return "RawReply[" + tokens.length + " tokens, finish=" + finish + ", " + usage + ", " + timings + "]";
    }
}
