package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/** The turn of a stateless request: its conversation is in the request, its memory comes from a pool and returns there. */
final class RequestTurn implements Turn {
    private final LanguageModel model;
    private final IdleSequences pool;
    private final ChatOptions options;
    private final int[] prompt;
    private @Nullable TokenSequence sequence;
    private volatile @Nullable ReplyJob job;
    private volatile boolean cancelled;

    RequestTurn(LanguageModel model, IdleSequences pool, ChatRequest request) {
        this.model = model;
        this.pool = pool;
        this.options = model.language().defaults().with(request.options());
        this.prompt = model.language().encode(request.templateInput());
        if (prompt.length >= model.contextSize()) {
            throw new ContextOverflowException(prompt.length + 1, model.contextSize());
        }
    }

    @Override
    public void start(TurnOutput output) {
        TokenSequence taken = pool.take(prompt);
        sequence = taken;
        boolean submitted = false;
        try {
            ReplyJob reply = model.newReply(prompt, options, taken, output);
            job = reply;
            if (cancelled) {
                reply.cancel();
            }
            model.scheduler().submit(reply);
            submitted = true;
        } finally {
            if (!submitted) {
                release();
            }
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        ReplyJob running = job;
        if (running != null) {
            running.cancel();
        }
    }

    @Override
    public void end(Outcome outcome) {
        release();
    }

    @Override
    public void rollBack() {
        release();
    }

    private void release() {
        TokenSequence taken = sequence;
        if (taken != null) {
            sequence = null;
            pool.giveBack(taken);
        }
    }
}
