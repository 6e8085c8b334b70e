package dev.demitasse.chat;

import dev.demitasse.chat.PromptEncoder.Prompt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One conversation with a model: its messages, and the keys and values of what the model has read already, so that a
 * further question costs its own tokens only.
 *
 * <p>One turn at a time: a second one throws {@link SessionBusyException} while the first runs. Apart from that, methods
 * may be called by any thread. A turn enters the history when it ends: with the text there is if it was cut short, not
 * at all if it failed.
 */
public final class ChatSession implements AutoCloseable {
    private final LanguageModel model;
    private final PromptEncoder encoder;
    private final ChatOptions options;
    private final Overflow overflow;
    private final @Nullable Message system;
    private final TokenSequence sequence;
    private final List<Message> history;

    /** Changes with the history: what was computed for an older version has to be computed again. */
    private int version;

    private final TranscriptLog transcripts;
    private @Nullable Runnable cancelRunning;
    private boolean closed;

    private ChatSession(Builder builder) {
        this.model = builder.model;
        this.encoder = new PromptEncoder(builder.requireTemplate(), model.tokenizer());
        this.options = builder.options;
        this.overflow = builder.overflow;
        this.transcripts = new TranscriptLog();
        this.system = builder.system;
        this.history = new ArrayList<>(builder.history);
        this.sequence = model.open(TokenSequence.Use.SESSION);
        model.closeWhenUnreachable(this, sequence);
    }

    private ChatSession(Builder builder, SavedSession saved, TokenSequence sequence) {
        this.model = builder.model;
        this.encoder = new PromptEncoder(builder.requireTemplate(), model.tokenizer());
        this.options = saved.options().with(builder.options);
        this.overflow = builder.overflow;
        this.system = saved.system();
        this.history = new ArrayList<>(saved.history());
        this.transcripts = new TranscriptLog(saved.transcript(), saved.turnEnds());
        this.sequence = sequence;
        model.closeWhenUnreachable(this, sequence);
    }

    private ChatSession(ChatSession base) {
        this.model = base.model;
        this.encoder = base.encoder;
        this.options = base.options;
        this.overflow = base.overflow;
        this.system = base.system;
        this.history = new ArrayList<>(base.history);
        this.transcripts = base.transcripts.copy();
        this.sequence = model.pool().fork(base.sequence);
        model.closeWhenUnreachable(this, sequence);
    }

    /**
     * Asks and waits for the whole answer.
     *
     * @param user what the user says: plain text, whatever it contains
     * @return the answer's text
     * @throws IncompleteReplyException if the answer was cut short by cancelling, a timeout or the end of the context
     * @throws SessionBusyException if another turn runs
     * @throws ContextOverflowException if the conversation does not fit the context; the history is unchanged
     */
    public String ask(String user) {
        return complete(send(user).await());
    }

    /** Like {@link #ask(String)}, with options for this turn: {@code ask("...", o -> o.temperature(0.2f))}. */
    public String ask(String user, Consumer<? super ChatOptions.Builder> turnOptions) {
        return complete(send(user, turnOptions).await());
    }

    /**
     * Asks for a value of a Java type, which the reply cannot fail to be: {@code ask("...", Ticket.class)}. The model is
     * told the type's JSON Schema below the question, and each of its tokens is held to it.
     *
     * @param type see {@link OutputType} for what is supported
     * @throws OutputTypeException if the type is not supported
     * @throws StructuredOutputException if a constructor refused the value, or {@code maxTokens} is too small for any
     * @throws IncompleteReplyException if the answer was cut short by cancelling or a timeout
     */
    public <T> T ask(String user, Class<T> type) {
        return ask(user, OutputType.of(type));
    }

    /** Like {@link #ask(String, Class)}, for any type: {@code ask("...", OutputType.choice("yes", "no"))}. */
    public <T> T ask(String user, OutputType<T> type) {
        return type.parse(complete(send(user, type).await()));
    }

    /** Like {@link #ask(String, OutputType)}, with options for this turn. */
    public <T> T ask(String user, OutputType<T> type, Consumer<? super ChatOptions.Builder> turnOptions) {
        return type.parse(complete(send(user, type, turnOptions).await()));
    }

    private static String complete(Reply reply) {
        return switch (reply.finish()) {
            case CANCELLED, TIMEOUT, CONTEXT_FULL -> throw new IncompleteReplyException(reply);
            case STOP, STOP_STRING, LENGTH, TOOL_CALLS -> reply.text();
        };
    }

    /**
     * Prepares a turn; it runs when the generation is awaited or iterated.
     *
     * @param user what the user says: plain text, whatever it contains
     * @throws SessionBusyException if another turn runs now
     * @throws ContextOverflowException if the conversation does not fit the context, and {@link Builder#overflow} does
     *     not help
     */
    public Generation send(String user) {
        return send(user, ChatOptions.INHERIT);
    }

    /** Like {@link #send(String)}, with options for this turn: {@code send("...", o -> o.temperature(0.2f))}. */
    public Generation send(String user, Consumer<? super ChatOptions.Builder> turnOptions) {
        return send(user, ChatOptions.of(turnOptions));
    }

    /** Like {@link #send(String)}, with options for this turn; what they leave unset comes from the session. */
    public Generation send(String user, ChatOptions turnOptions) {
        ChatOptions resolved = model.language().defaults().with(options).with(turnOptions);
        SessionTurn turn = new SessionTurn(Message.user(user), resolved);
        turn.prepare();
        return new Generation(turn);
    }

    /**
     * Prepares a turn whose reply is a value of a type: {@link OutputType#parse} makes it of the reply's text.
     *
     * @param user what the user says; the type's {@link OutputType#instructions} are written below it, and are part of the
     *     message in the history
     */
    public Generation send(String user, OutputType<?> type) {
        return send(user, type, _ -> {});
    }

    /** Like {@link #send(String, OutputType)}, with options for this turn. */
    public Generation send(String user, OutputType<?> type, Consumer<? super ChatOptions.Builder> turnOptions) {
        ChatOptions held = ChatOptions.of(turnOptions).toBuilder().output(type).build();
        return send(type.asked(user), held);
    }

    /**
     * Reads the conversation so far, and the beginning of the next question, ahead of time: the question is then
     * answered sooner. Waits until it is done; the history does not change.
     *
     * @param partialUserText what is known of the next question, often empty
     */
    public void preload(String partialUserText) {
        AppendJob job;
        synchronized (this) {
            requireIdle();
            int[] tokens = beginning(messages(Message.user(partialUserText)));
            requireFits(tokens);
            if (tokens.length == 0 || model.pool().holds(sequence, tokens)) {
                return;
            }
            job = new AppendJob(sequence, tokens);
            model.scheduler().submit(job);
            cancelRunning = job::cancel;
        }
        try {
            job.await();
        } finally {
            release();
        }
    }

    /** Tokens of the messages, without the end of the last one. */
    private int[] beginning(List<Message> messages) {
        TemplateInput input = TemplateInput.of(messages).withGenerationPrompt(false);
        return model.withoutEndOfTurn(
                encoder.encode(input, transcripts.latest()).tokens());
    }

    /**
     * A second conversation that begins as this one is now: what the model has read is shared, not read again, and each
     * takes memory for its own continuation only. Either may be closed first.
     *
     * @throws SessionBusyException if a turn runs
     */
    public synchronized ChatSession fork() {
        requireIdle();
        model.requireOpen();
        return new ChatSession(this);
    }

    /**
     * Saves this conversation: its messages, options, and the keys and values of what the model has read, so that
     * {@link Builder#restore} goes on where it stopped without reading anything again. The file is written beside its
     * place, forced to the disk and renamed: after a crash there is the old file or the new one. Only its owner may read
     * it; it contains all that was said.
     *
     * <p>Not saved is what is code: a sampler, an overflow strategy, a template, tools. Give them to the builder again.
     *
     * @throws SessionBusyException if a turn runs
     * @throws SavedSessionException if the file cannot be written; one that was there is as it was
     */
    public void save(Path file) {
        SavedSession saved;
        TokenSequence read;
        synchronized (this) {
            requireIdle();
            model.requireOpen();
            read = model.pool().snapshot(sequence);
            saved = new SavedSession(
                    model.engine().fingerprint(),
                    model.info().kvType(),
                    system,
                    List.copyOf(history),
                    options,
                    transcripts.latest(),
                    transcripts.ends(),
                    read.tokens());
        }
        try {
            long bytes = model.engine().writtenBytes(read.length());
            SessionFile.write(file, saved, bytes, out -> read.cache().write(out));
        } finally {
            model.pool().close(read);
        }
    }

    /** The messages so far, oldest first, without the system message. */
    public synchronized List<Message> history() {
        return List.copyOf(history);
    }

    /** Forgets all messages but the system message. */
    public synchronized void clear() {
        requireIdle();
        history.clear();
        transcripts.rewind(0);
        version++;
    }

    /**
     * Forgets the latest messages: {@code rewind(2)} takes back a question and its answer.
     *
     * @param messages how many, from 0 to the size of the history
     */
    public synchronized void rewind(int messages) {
        requireIdle();
        if (messages < 0 || messages > history.size()) {
            throw new IllegalArgumentException(
                    "cannot rewind by " + messages + " messages: the history has " + history.size());
        }
        history.subList(history.size() - messages, history.size()).clear();
        transcripts.rewind(history.size());
        version++;
    }

    /** How full the context is. */
    public synchronized ContextUse context() {
        List<Message> messages = messages();
        int used = messages.isEmpty()
                ? 0
                : encoder.encode(TemplateInput.of(messages).withGenerationPrompt(false), transcripts.latest())
                        .tokens()
                        .length;
        return new ContextUse(used, model.contextSize());
    }

    /**
     * Ends the conversation and frees its memory; a long system message stays for other sessions, within
     * {@link ModelLoader#prefixCache}. A turn that runs is cancelled. Idempotent.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (cancelRunning == null) {
            retire();
        } else {
            cancelRunning.run();
        }
    }

    private void retire() {
        List<Message> shared = new ArrayList<>();
        if (system != null) {
            shared.add(system);
        }
        shared.add(Message.user(""));
        model.pool().retire(sequence, beginning(shared));
    }

    private List<Message> messages(Message... next) {
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(system);
        }
        messages.addAll(history);
        messages.addAll(List.of(next));
        return messages;
    }

    private void requireIdle() {
        if (closed) {
            throw new ModelClosedException("the session was closed");
        }
        if (cancelRunning != null) {
            throw new SessionBusyException("a turn of this session is running: wait for it, cancel it, or use another"
                    + " session of the same model");
        }
    }

    private void requireFits(int[] prompt) {
        if (prompt.length >= model.contextSize()) {
            throw new ContextOverflowException(prompt.length + 1, model.contextSize());
        }
    }

    private synchronized void release() {
        cancelRunning = null;
        if (closed) {
            retire();
        }
    }

    /** A question, and its answer to be. */
    private final class SessionTurn implements Turn {
        private final Message question;
        private final ChatOptions resolved;
        private @Nullable Prompt prompt;
        private int preparedFor = -1;

        /** What the overflow strategy made of the history, or null if it was not asked. */
        private @Nullable List<Message> shortened;

        private volatile @Nullable ReplyJob job;
        private volatile boolean cancelled;

        SessionTurn(Message question, ChatOptions resolved) {
            this.question = question;
            this.resolved = resolved;
        }

        private TemplateInput templateInput() {
            TemplateInput input = TemplateInput.of(messages(question));
            // a model that is held to a type from its first token cannot think aloud before
            return resolved.output() == null ? input : input.withThinking(TemplateInput.Thinking.OFF);
        }

        Prompt prepare() {
            synchronized (ChatSession.this) {
                requireIdle();
                Prompt current = prompt;
                if (current == null || preparedFor != version) {
                    current = encoder.encode(templateInput(), transcripts.latest());
                    if (overflow.equals(Overflow.fail())) {
                        requireFits(current.tokens());
                    }
                    prompt = current;
                    preparedFor = version;
                }
                return current;
            }
        }

        @Override
        public void start(TurnOutput output) {
            Prompt whole;
            synchronized (ChatSession.this) {
                whole = prepare();
                cancelRunning = this::cancel;
            }
            boolean submitted = false;
            try {
                // Without the lock: an overflow strategy may take its time.
                PromptFitter.Fitting fitting = fit(whole);
                prompt = fitting.prompt();
                shortened = fitting.history();
                if (shortened != null) {
                    output.contextShifted(fitting.dropped());
                }
                ReplyJob reply = model.newReply(fitting.prompt().tokens(), resolved, sequence, output);
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

        private PromptFitter.Fitting fit(Prompt whole) {
            PromptFitter fitter =
                    new PromptFitter(encoder, system, question, model.contextSize(), resolved.maxTokens());
            return fitter.fit(whole, history(), overflow);
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
            synchronized (ChatSession.this) {
                try {
                    String text = outcome.reply().text();
                    if (shortened != null) {
                        history.clear();
                        history.addAll(shortened);
                    }
                    history.add(question);
                    history.add(Message.assistant(text));
                    transcripts.add(
                            history.size(),
                            Objects.requireNonNull(prompt).answered(text, outcome.tokens(), model.tokenizer()));
                    version++;
                } finally {
                    release();
                }
            }
        }

        @Override
        public void rollBack() {
            release();
        }
    }

    /** Describes a conversation; {@link #start} begins it. Not thread-safe. */
    public static final class Builder {
        private final LanguageModel model;
        private ChatOptions options = ChatOptions.INHERIT;
        private @Nullable Message system;
        private @Nullable ChatTemplate template;
        private Overflow overflow = Overflow.fail();
        private @Nullable Path saved;
        private List<Message> history = List.of();

        Builder(LanguageModel model) {
            this.model = model;
        }

        /** Instructions for the whole conversation. Unset: what the template writes by default; empty: none. */
        public Builder system(String text) {
            this.system = Message.system(text);
            return this;
        }

        /** Options for all turns; what they leave unset comes from the model. */
        public Builder options(ChatOptions options) {
            this.options = Objects.requireNonNull(options, "options");
            return this;
        }

        /** Options for all turns: {@code options(o -> o.maxTokens(200))}. */
        public Builder options(Consumer<? super ChatOptions.Builder> setting) {
            return options(ChatOptions.of(setting));
        }

        /** How the conversation is written, in place of the model's own template. */
        public Builder template(ChatTemplate template) {
            this.template = Objects.requireNonNull(template, "template");
            return this;
        }

        /** What to do when the context is too full for another answer. Default: {@link Overflow#fail()}. */
        public Builder overflow(Overflow overflow) {
            this.overflow = Objects.requireNonNull(overflow, "overflow");
            return this;
        }

        /**
         * Messages that were exchanged before. A system message may come first, unless {@link #system} is used.
         */
        public Builder history(List<Message> messages) {
            this.history = List.copyOf(messages);
            return this;
        }

        /**
         * Goes on with a conversation that {@link ChatSession#save} saved: with its system message and messages, its
         * options (what is set here comes first), and what the model had read. That needs the same model. With another
         * {@link ModelLoader#kvType}, a smaller context or a full {@link ModelLoader#kvBudget} the conversation is the same
         * and is read again with the next question.
         */
        public Builder restore(Path file) {
            this.saved = Objects.requireNonNull(file, "file");
            return this;
        }

        /**
         * Begins the conversation.
         *
         * @throws SavedSessionException if {@link #restore} was given a file that is no saved session, is damaged, or
         *     belongs to another model
         * @throws TemplateException if the model's own template is not known and none was given
         * @throws ModelClosedException if the model was closed
         */
        public ChatSession start() {
            if (saved != null) {
                return restored(saved);
            }
            if (!history.isEmpty() && history.getFirst().role().equals(Role.SYSTEM)) {
                if (system != null) {
                    throw new IllegalArgumentException("the history begins with a system message, and system(...) was"
                            + " given: leave one of them out");
                }
                system = history.getFirst();
                history = history.subList(1, history.size());
            }
            return new ChatSession(this);
        }

        private ChatSession restored(Path path) {
            if (system != null || !history.isEmpty()) {
                throw new IllegalArgumentException(
                        "a restored session has its own system message and history: leave out system(...) and"
                                + " history(...)");
            }
            try (SessionFile file = SessionFile.open(path)) {
                SavedSession session = file.session();
                String own = model.engine().fingerprint();
                if (!session.model().equals(own)) {
                    throw new SavedSessionException(path + ": found a session of another model (" + session.model()
                            + "); expected one of this model (" + own + "). Load the model that it was saved with");
                }
                return new ChatSession(this, session, model.restore(file));
            } catch (IOException e) {
                throw SessionFile.unreadable(path, e);
            }
        }

        private ChatTemplate requireTemplate() {
            return template == null ? model.language().template() : template;
        }
    }
}
