package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/** The turn of a stateless request: its conversation is in the request, and no session keeps what was read. */
final class RequestTurn implements Turn {
    private final LanguageModel model;
    private final ChatOptions options;
    private final Calling calling;
    private final int[] prompt;
    private volatile @Nullable ReplyJob job;
    private volatile boolean cancelled;

    RequestTurn(LanguageModel model, ChatRequest request) {
        this.model = model;
        this.options = model.language().resolve(request.options());
        this.calling = Calling.of(request.tools(), request.toolChoice(), request.messages());
        model.requireCalls(calling);
        this.prompt = model.language().encode(request.templateInput());
        if (prompt.length >= model.contextSize()) {
            throw new ContextOverflowException(prompt.length + 1, model.contextSize());
        }
    }

    @Override
    public void start(TurnOutput output) {
        TokenSequence sequence = model.open(TokenSequence.Use.SPARE);
        boolean submitted = false;
        try {
            ReplyJob reply = model.newReply(prompt, options, calling, sequence, output);
            job = reply;
            if (cancelled) {
                reply.cancel();
            }
            model.scheduler().submit(reply);
            submitted = true;
        } finally {
            if (!submitted) {
                model.pool().close(sequence);
            }
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        ReplyJob running = job;
        if (running != null) {
            running.cancel();
            wake();
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void wake() {
        model.scheduler().wake();
    }

    @Override
    public void end(Outcome outcome) {}

    @Override
    public void rollBack() {}
}
