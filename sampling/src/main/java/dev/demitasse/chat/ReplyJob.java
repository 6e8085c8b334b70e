package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/** Generates one reply: its tokens become text, reasoning and tool calls, which go to the turn's output. */
final class ReplyJob extends TokenJob {
    private final ReplyWriter writer;
    private final TurnOutput output;
    private final Tally tally;

    ReplyJob(Task task, TokenSequence sequence, ReplyWriter writer, TurnOutput output, Tally tally) {
        super(task, sequence);
        this.tally = tally;
        this.writer = writer;
        this.output = output;
    }

    @Override
    boolean continuesSequence() {
        return false;
    }

    @Override
    int finalLength() {
        return lengthAfter(promptLength());
    }

    @Override
    boolean isWanted() {
        return !output.isFull();
    }

    @Override
    void prefilled(int done) {
        output.prefilled(done, promptLength());
    }

    @Override
    void drawn(TokenLogprob logprob) {
        writer.drawn(logprob);
    }

    @Override
    @Nullable
    Finish accept(int token) {
        return writer.accept(token) ? Finish.STOP_STRING : null;
    }

    @Override
    Finish endOfTurn() {
        if (writer.endOfTurn()) {
            return Finish.STOP_STRING;
        }
        return writer.called() ? Finish.TOOL_CALLS : Finish.STOP;
    }

    @Override
    void finished(Finish finish) {
        writer.end();
        tally.add(usage());
        Reply reply = new Reply(writer.content(), finish, usage(), timings(), logprobs());
        output.finished(new Outcome(reply, writer.written(), tokens()));
    }

    @Override
    void failed(Throwable failure) {
        tally.addFailure();
        output.failed(Failures.ofTurn(failure));
    }
}
