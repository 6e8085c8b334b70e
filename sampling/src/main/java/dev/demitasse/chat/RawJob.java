package dev.demitasse.chat;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Generates token ids and nothing else. */
final class RawJob extends TokenJob {
    private final CompletableFuture<RawReply> reply = new CompletableFuture<>();

    private final int finalLength;

    RawJob(Task task, TokenSequence sequence) {
        super(task, sequence);
        this.finalLength = lengthAfter(sequence.length() + promptLength());
    }

    @Override
    boolean continuesSequence() {
        return true;
    }

    @Override
    int finalLength() {
        return finalLength;
    }

    CompletableFuture<RawReply> reply() {
        return reply;
    }

    @Override
    @Nullable
    Finish accept(int token) {
        return null;
    }

    @Override
    Finish endOfTurn() {
        return Finish.STOP;
    }

    @Override
    void finished(Finish finish) {
        reply.complete(new RawReply(tokens(), finish, usage(), timings(), logprobs()));
    }

    @Override
    void failed(Throwable failure) {
        reply.completeExceptionally(Failures.ofTurn(failure));
    }
}
