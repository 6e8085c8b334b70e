package dev.demitasse.chat;

import dev.demitasse.tokenizer.TextStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Generates one reply: tokens become text, which goes to the turn's output as soon as it is certain. */
final class ReplyJob extends TokenJob {
    private final TextStream textStream;
    private final StopStrings stopStrings;
    private final TurnOutput output;
    private final StringBuilder text = new StringBuilder();

    private final Tally tally;

    ReplyJob(Task task, TokenSequence sequence, TextStream textStream, TurnOutput output, Tally tally) {
        super(task, sequence);
        this.tally = tally;
        this.textStream = textStream;
        // a stop string would cut a value short
        this.stopStrings =
                new StopStrings(task.constraint() == null ? task.options().stop() : List.of());
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
    void prefilled(int done) {
        output.prefilled(done, promptLength());
    }

    @Override
    @Nullable
    Finish accept(int token) {
        write(textStream.feed(token));
        return stopStrings.found() ? Finish.STOP_STRING : null;
    }

    @Override
    Finish endOfTurn() {
        // Bytes that the model left without the rest of their character: as the whole reply decodes, U+FFFD.
        write(textStream.flush());
        return stopStrings.found() ? Finish.STOP_STRING : Finish.STOP;
    }

    @Override
    void finished(Finish finish) {
        // A character cut off by a limit stays out: there is nothing whole to show of it.
        send(stopStrings.flush());
        tally.add(usage());
        output.finished(new Outcome(new Reply(text.toString(), finish, usage(), timings(), logprobs()), tokens()));
    }

    @Override
    void failed(Throwable failure) {
        tally.addFailure();
        output.failed(Failures.ofTurn(failure));
    }

    private void write(String piece) {
        send(stopStrings.feed(piece));
    }

    private void send(String certain) {
        text.append(certain);
        output.text(certain);
    }
}
