package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/** The turn of a stateless request: all that it answers is in the request, and no session keeps what was read. */
final class RequestTurn implements Turn {
    private final LanguageModel model;
    private final ReplyTask task;
    private final @Nullable Adapter adapter;
    private volatile @Nullable ReplyJob job;
    private volatile boolean cancelled;

    private RequestTurn(LanguageModel model, ReplyTask task, @Nullable Adapter adapter) {
        this.model = model;
        this.task = task;
        this.adapter = adapter;
        var _ = model.raw().factors(adapter); // refuses that of another model
        int length = task.prompt().length;
        if (length >= model.contextSize()) {
            throw new ContextOverflowException(length + 1, model.contextSize());
        }
    }

    /** The next message of a conversation. */
    static RequestTurn answering(LanguageModel model, ChatRequest request) {
        ModelLanguage language = model.language();
        ChatOptions options = language.resolve(request.options());
        Calling calling = Calling.of(request.tools(), request.toolChoice(), request.messages());
        model.requireCalls(calling);
        int[] prompt = language.encode(request.templateInput());
        return new RequestTurn(model, new ReplyTask(prompt, options, calling, language.markup()), request.adapter());
    }

    /** What comes after these tokens. */
    static RequestTurn completing(LanguageModel model, int[] prompt, ChatOptions asked) {
        ChatOptions options = model.language().resolve(asked);
        return new RequestTurn(model, new ReplyTask(prompt, options, Calling.OFF, Markup.NONE), null);
    }

    @Override
    public void start(TurnOutput output) {
        TokenSequence sequence = model.open(TokenSequence.Use.SPARE, adapter);
        boolean submitted = false;
        try {
            ReplyJob reply = model.newReply(task, sequence, output);
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
