package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;

/** What the model said in one turn, why it ended, and what it took. Immutable. */
public final class Reply {
    /** What was said, in its parts. */
    record Content(String text, String thinking, List<ToolCall> toolCalls) {
        Content {
            toolCalls = List.copyOf(toolCalls);
        }
    }

    private final Content content;
    private final Finish finish;
    private final Usage usage;
    private final Timings timings;
    private final List<TokenLogprob> logprobs;
    private final List<ToolRun> toolRuns;

    Reply(Content content, Finish finish, Usage usage, Timings timings, List<TokenLogprob> logprobs) {
        this(content, finish, usage, timings, logprobs, List.of());
    }

    private Reply(
            Content content,
            Finish finish,
            Usage usage,
            Timings timings,
            List<TokenLogprob> logprobs,
            List<ToolRun> toolRuns) {
        this.content = content;
        this.finish = finish;
        this.usage = usage;
        this.timings = timings;
        this.logprobs = List.copyOf(logprobs);
        this.toolRuns = List.copyOf(toolRuns);
    }

    /** The reply to a turn of several: text and calls of the last, figures of all. */
    static Reply total(List<Reply> earlier, List<ToolRun> toolRuns, Reply last) {
        if (earlier.isEmpty()) {
            return last;
        }
        StringBuilder thinking = new StringBuilder();
        Usage usage = new Usage(0, 0, 0);
        List<TokenLogprob> logprobs = new ArrayList<>();
        Timings timings = earlier.getFirst().timings;
        for (Reply reply : earlier) {
            thinking.append(reply.thinking()).append(reply.thinking().isEmpty() ? "" : "\n\n");
            usage = usage.plus(reply.usage);
            logprobs.addAll(reply.logprobs);
            timings = reply == earlier.getFirst() ? timings : timings.plus(reply.timings);
        }
        logprobs.addAll(last.logprobs);
        Content content = new Content(
                last.text(), thinking.append(last.thinking()).toString().strip(), last.toolCalls());
        return new Reply(content, last.finish, usage.plus(last.usage), timings.plus(last.timings), logprobs, toolRuns);
    }

    Reply with(Finish other) {
        return new Reply(content, other, usage, timings, logprobs, toolRuns);
    }

    /**
     * The answer: without reasoning, tool calls, stop strings and special tokens. If tools were run, what the model wrote
     * after the last of them.
     */
    public String text() {
        return content.text();
    }

    /** How the model reasoned before it answered; empty if it did not. */
    public String thinking() {
        return content.thinking();
    }

    /** Tools that were run for the model in this turn, in order. */
    public List<ToolRun> toolRuns() {
        return toolRuns;
    }

    /**
     * Tools that the model called and nobody has run, in order, each with an id: the caller's to run, if the reply ended
     * with {@link Finish#TOOL_CALLS}.
     */
    public List<ToolCall> toolCalls() {
        return content.toolCalls();
    }

    /** Why the reply ended. */
    public Finish finish() {
        return finish;
    }

    /** What it took, in tokens; if tools were run, all replies of the turn together. */
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
