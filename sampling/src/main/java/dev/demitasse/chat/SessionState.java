package dev.demitasse.chat;

import dev.demitasse.chat.PromptEncoder.Transcript;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session and its turns share: the messages, what the model has read of them, and which turn runs. Its lock guards
 * all of it. {@link ChatSession} documents the operations.
 */
final class SessionState {
    /** What was settled when the session began. */
    record Setup(
            PromptEncoder encoder,
            ChatOptions options,
            Overflow overflow,
            @Nullable Message system,
            ToolBox tools,
            ToolChoice toolChoice,
            int maxToolRounds) {}

    private final LanguageModel model;
    private final Setup setup;
    private final TokenSequence sequence;
    private final List<Message> history;
    private final TranscriptLog transcripts;

    /** Changes with the history: what was computed for an older version has to be computed again. */
    private int version;

    private @Nullable Runnable cancelRunning;
    private boolean closed;

    /** @param sequence becomes the session's own: it is closed with it, or when nobody can reach the session any more */
    SessionState(
            LanguageModel model,
            Setup setup,
            List<Message> history,
            TranscriptLog transcripts,
            TokenSequence sequence) {
        this.model = model;
        this.setup = setup;
        this.history = new ArrayList<>(history);
        this.transcripts = transcripts;
        this.sequence = sequence;
        model.closeWhenUnreachable(this, sequence);
    }

    LanguageModel model() {
        return model;
    }

    Setup setup() {
        return setup;
    }

    TokenSequence sequence() {
        return sequence;
    }

    synchronized SessionState fork() {
        requireIdle();
        model.requireOpen();
        return new SessionState(
                model, setup, history, transcripts.copy(), model.pool().fork(sequence));
    }

    synchronized List<Message> history() {
        return List.copyOf(history);
    }

    synchronized void clear() {
        requireIdle();
        forget(history.size());
    }

    synchronized void rewind(int messages) {
        requireIdle();
        if (messages < 0 || messages > history.size()) {
            throw new IllegalArgumentException(
                    "cannot rewind by " + messages + " messages: the history has " + history.size());
        }
        forget(messages);
    }

    private void forget(int messages) {
        history.subList(history.size() - messages, history.size()).clear();
        transcripts.rewind(history.size());
        version++;
    }

    synchronized ContextUse context() {
        List<Message> messages = messages(history, List.of());
        int used = messages.isEmpty()
                ? 0
                : setup.encoder()
                        .encode(input(messages).withGenerationPrompt(false), transcripts.latest())
                        .tokens()
                        .length;
        return new ContextUse(used, model.contextSize());
    }

    void preload(String partialUserText) {
        AppendJob job;
        synchronized (this) {
            requireIdle();
            int[] tokens = beginning(messages(history, List.of(Message.user(partialUserText))));
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

    void save(Path file) {
        SavedSession saved;
        TokenSequence read;
        synchronized (this) {
            requireIdle();
            model.requireOpen();
            read = model.pool().snapshot(sequence);
            saved = new SavedSession(
                    model.fingerprint(read.adapter()),
                    model.info().kvType(),
                    setup.system(),
                    List.copyOf(history),
                    setup.options(),
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

    void close() {
        Runnable cancel;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            cancel = cancelRunning;
            if (cancel == null) {
                retire();
            }
        }
        // not under the lock: a turn that ends takes it, while it holds that of its output
        if (cancel != null) {
            cancel.run();
        }
    }

    private void retire() {
        model.pool().retire(sequence, beginning(messages(List.of(), List.of(Message.user("")))));
    }

    /** Tokens of the messages, without the end of the last one. */
    private int[] beginning(List<Message> messages) {
        TemplateInput input = input(messages).withGenerationPrompt(false);
        return model.withoutEndOfTurn(
                setup.encoder().encode(input, transcripts.latest()).tokens());
    }

    /** What the template is to write. */
    TemplateInput input(List<Message> messages) {
        return TemplateInput.of(messages)
                .withTools(setup.tools().definitions().stream()
                        .map(ToolDefinition::templateValue)
                        .toList());
    }

    /** The system message, if there is one, and the others after it. */
    List<Message> messages(List<Message> before, List<Message> next) {
        List<Message> messages = new ArrayList<>();
        if (setup.system() != null) {
            messages.add(setup.system());
        }
        messages.addAll(before);
        messages.addAll(next);
        return messages;
    }

    /** How often the history has changed. */
    synchronized int version() {
        return version;
    }

    /** The conversation in the model's own tokens, or null before the first turn. */
    synchronized @Nullable Transcript transcript() {
        return transcripts.latest();
    }

    /**
     * A turn begins: the session is busy until it is released.
     *
     * @param cancel asks the turn to end soon
     */
    synchronized void claim(Runnable cancel) {
        requireIdle();
        cancelRunning = cancel;
    }

    synchronized void release() {
        cancelRunning = null;
        if (closed) {
            retire();
        }
    }

    /**
     * A turn enters the history.
     *
     * @param shortened what takes the place of the messages before it, or null if they stay
     * @param exchange what was said in it
     * @param transcript of the conversation, this turn included
     */
    synchronized void add(@Nullable List<Message> shortened, List<Message> exchange, Transcript transcript) {
        if (shortened != null) {
            history.clear();
            history.addAll(shortened);
        }
        history.addAll(exchange);
        transcripts.add(history.size(), transcript);
        version++;
    }

    synchronized void requireIdle() {
        if (closed) {
            throw new ModelClosedException("the session was closed");
        }
        if (cancelRunning != null) {
            throw new SessionBusyException("a turn of this session is running: wait for it, cancel it, or use another"
                    + " session of the same model");
        }
    }

    /** @throws ContextOverflowException if the prompt leaves no room for an answer */
    void requireFits(int[] prompt) {
        if (prompt.length >= model.contextSize()) {
            throw new ContextOverflowException(prompt.length + 1, model.contextSize());
        }
    }
}
