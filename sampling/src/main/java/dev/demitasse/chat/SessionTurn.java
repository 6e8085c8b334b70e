package dev.demitasse.chat;

import dev.demitasse.chat.PromptEncoder.Prompt;
import dev.demitasse.chat.PromptEncoder.Transcript;
import dev.demitasse.chat.SessionState.Setup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** A turn of a session: what is asked, the tools that are run, and the answer to be. */
final class SessionTurn implements Turn {
    private final SessionState session;
    private final LanguageModel model;
    private final Setup setup;
    private final List<Message> exchange;
    private final ChatOptions resolved;
    private final long created = System.nanoTime();
    private @Nullable Prompt prompt;
    private int preparedFor = -1;
    private int rounds;
    private volatile @Nullable TurnOutput output;

    /** What the overflow strategy made of the history, or null if it was not asked. */
    private @Nullable List<Message> shortened;

    private volatile @Nullable ReplyJob job;
    private volatile boolean cancelled;

    SessionTurn(SessionState session, List<Message> asked, ChatOptions resolved) {
        this.session = session;
        this.model = session.model();
        this.setup = session.setup();
        this.exchange = new ArrayList<>(asked);
        this.resolved = resolved;
    }

    /** The messages before this turn. */
    private List<Message> past() {
        List<Message> rest = shortened;
        return rest == null ? session.history() : rest;
    }

    private TemplateInput templateInput(List<Message> before) {
        TemplateInput input = session.input(session.messages(before, exchange));
        // told not to think where its template leaves the choice; one that always thinks does so first, see
        // ThinkingFirst
        return resolved.output() == null ? input : input.withThinking(TemplateInput.Thinking.OFF);
    }

    Prompt prepare() {
        synchronized (session) {
            session.requireIdle();
            Prompt current = prompt;
            if (current == null || preparedFor != session.version()) {
                current = encode(session.transcript());
                if (setup.overflow().equals(Overflow.fail())) {
                    session.requireFits(current.tokens());
                }
                preparedFor = session.version();
            }
            return current;
        }
    }

    private Prompt encode(@Nullable Transcript known) {
        Prompt encoded = setup.encoder().encode(templateInput(past()), known);
        prompt = encoded;
        return encoded;
    }

    @Override
    public void start(TurnOutput started) {
        Prompt whole;
        synchronized (session) {
            whole = prepare();
            output = started;
            session.claim(this::cancel);
        }
        boolean submitted = false;
        try {
            // Without the lock: an overflow strategy may take its time.
            PromptFitter.Fitting fitting = fit(whole);
            prompt = fitting.prompt();
            shortened = fitting.history();
            if (shortened != null) {
                started.contextShifted(fitting.dropped());
            }
            submit(fitting.prompt(), resolved, setup.toolChoice(), started);
            submitted = true;
        } finally {
            if (!submitted) {
                session.release();
            }
        }
    }

    private PromptFitter.Fitting fit(Prompt whole) {
        PromptFitter fitter =
                new PromptFitter(setup.encoder(), this::templateInput, model.contextSize(), resolved.maxTokens());
        return fitter.fit(whole, session.history(), setup.overflow());
    }

    private void submit(Prompt asked, ChatOptions options, ToolChoice choice, TurnOutput to) {
        List<Message> before = new ArrayList<>(past());
        before.addAll(exchange);
        Calling calling = Calling.of(setup.tools().definitions(), choice, before);
        ReplyTask task =
                new ReplyTask(asked.tokens(), options, calling, model.language().markup());
        ReplyJob reply = model.newReply(task, session.sequence(), to);
        job = reply;
        if (cancelled) {
            reply.cancel();
        }
        model.scheduler().submit(reply);
    }

    @Override
    public void cancel() {
        cancelled = true;
        ReplyJob running = job;
        if (running != null) {
            running.cancel();
            wake();
        }
        TurnOutput current = output;
        if (current != null) {
            current.cancelTools();
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
    public boolean goesOn(Outcome outcome) {
        Reply reply = outcome.reply();
        return reply.finish() == Finish.TOOL_CALLS && setup.tools().canRun(reply.toolCalls());
    }

    @Override
    public ToolRound tools(Outcome outcome) {
        return new ToolRound(outcome.reply().toolCalls(), this::run, runs -> goOn(outcome, runs));
    }

    private ToolRun run(ToolCall call) {
        if (cancelled) {
            return ToolBox.failed(call, new CancellationException("not run: the turn was cancelled"));
        }
        ToolRun run = setup.tools().run(call);
        if (run.failure() instanceof InterruptedException) {
            cancel();
        }
        return run;
    }

    private void goOn(Outcome outcome, List<ToolRun> runs) {
        synchronized (session) {
            exchange.add(Message.assistant(outcome.reply()));
            for (ToolRun run : runs) {
                exchange.add(Message.toolResult(run.call(), run.result()));
            }
            rounds++;
            Prompt next = encode(answered(outcome));
            session.requireFits(next.tokens());
            ToolChoice choice = rounds < setup.maxToolRounds() ? ToolChoice.AUTO : ToolChoice.NONE;
            submit(next, withTimeLeft(), choice, Objects.requireNonNull(output));
        }
    }

    /** The time limit is that of the whole turn, tools included. */
    private ChatOptions withTimeLeft() {
        Duration timeout = resolved.timeout();
        if (timeout == null) {
            return resolved;
        }
        long left = Math.max(1, Clock.nanos(timeout) - (System.nanoTime() - created));
        return resolved.toBuilder().timeout(Duration.ofNanos(left)).build();
    }

    private Transcript answered(Outcome outcome) {
        return Objects.requireNonNull(prompt).answered(outcome.written(), outcome.tokens(), model.tokenizer());
    }

    @Override
    public void end(Outcome outcome) {
        synchronized (session) {
            try {
                Transcript ended = answered(outcome);
                Message answer = Message.assistant(outcome.reply());
                boolean callsAreOpen = outcome.reply().finish() == Finish.TOOL_CALLS;
                exchange.add(callsAreOpen ? answer : answer.withToolCalls(List.of()));
                session.add(shortened, exchange, ended);
            } finally {
                session.release();
            }
        }
    }

    @Override
    public void rollBack() {
        session.release();
    }
}
