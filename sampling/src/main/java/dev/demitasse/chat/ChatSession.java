package dev.demitasse.chat;

import dev.demitasse.core.model.LoraAdapter;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
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
 * {@snippet :
 * try (var chat = model.newChat().system("You answer in one sentence.").start()) {
 *     String answer = chat.ask("Why is the sky blue?");
 *     try (var other = chat.fork()) {
 *         other.ask("And at sunset?"); // chat does not know of it
 *     }
 *     chat.rewind(2); // as if the question had not been asked
 * }
 * }
 *
 * <p>One turn at a time: a second one throws {@link SessionBusyException} while the first runs. Apart from that, methods
 * may be called by any thread. A turn enters the history when it ends: with the text there is if it was cut short, not
 * at all if it failed.
 */
public final class ChatSession implements AutoCloseable {
    private final SessionState state;

    private ChatSession(SessionState state) {
        this.state = state;
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
        return send(List.of(Message.user(user)), turnOptions);
    }

    /**
     * Like {@link #send(String)}, with messages of any kind: results of the tools that the last reply called and that the
     * caller ran, {@link Message#toolResult(ToolCall, String)} for each of {@link Reply#toolCalls()}.
     */
    public Generation send(List<Message> messages) {
        return send(messages, ChatOptions.INHERIT);
    }

    /** Like {@link #send(List)}, with options for this turn. */
    public Generation send(List<Message> messages, ChatOptions turnOptions) {
        ChatOptions asked = state.setup().options().with(turnOptions);
        SessionTurn turn =
                new SessionTurn(state, messages, state.model().language().resolve(asked));
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
        state.preload(partialUserText);
    }

    /**
     * A second conversation that begins as this one is now: what the model has read is shared, not read again, and each
     * takes memory for its own continuation only. Either may be closed first.
     *
     * @throws SessionBusyException if a turn runs
     */
    public ChatSession fork() {
        return new ChatSession(state.fork());
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
        state.save(file);
    }

    /** The messages so far, oldest first, without the system message. */
    public List<Message> history() {
        return state.history();
    }

    /** Forgets all messages but the system message. */
    public void clear() {
        state.clear();
    }

    /**
     * Forgets the latest messages: {@code rewind(2)} takes back a question and its answer.
     *
     * @param messages how many, from 0 to the size of the history
     */
    public void rewind(int messages) {
        state.rewind(messages);
    }

    /** How full the context is. */
    public ContextUse context() {
        return state.context();
    }

    /**
     * Ends the conversation and frees its memory; a long system message stays for other sessions, within
     * {@link ModelLoader#prefixCache}. A turn that runs is cancelled. Idempotent.
     */
    @Override
    public void close() {
        state.close();
    }

    /** Describes a conversation; {@link #start} begins it. Not thread-safe. */
    public static final class Builder {
        private final LanguageModel model;
        private ChatOptions options = ChatOptions.INHERIT;
        private @Nullable Message system;
        private @Nullable ChatTemplate template;
        private Overflow overflow = Overflow.fail();
        private @Nullable Adapter adapter;
        private @Nullable Path saved;
        private List<Message> history = List.of();
        private final List<ToolBox.Entry> tools = new ArrayList<>();
        private ToolChoice toolChoice = ToolChoice.AUTO;
        private int maxToolRounds = 8;

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

        /** What the conversation is computed with besides the model's weights. Default: what the model was loaded with. */
        public Builder adapter(Adapter adapter) {
            this.adapter = Objects.requireNonNull(adapter, "adapter");
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
         * The methods of these objects that are annotated with {@link Tool}: the model may call them.
         *
         * @throws ToolMethodException if one cannot be a tool: its parameters have no names, or it is in a module that
         *     does not let this library call it
         * @throws OutputTypeException if the type of a parameter is not supported
         */
        public Builder tools(Object... objects) {
            for (Object object : objects) {
                tools.addAll(ToolMethods.of(object, null));
            }
            return this;
        }

        /** Like {@link #tools(Object...)}, for methods that only {@code lookup} may call: no package has to be opened. */
        public Builder tools(MethodHandles.Lookup lookup, Object object) {
            tools.addAll(ToolMethods.of(object, Objects.requireNonNull(lookup, "lookup")));
            return this;
        }

        /**
         * A tool that a lambda runs: {@code tool("price", "Price of a fruit", Fruit.class, fruit -> 0.5)}.
         *
         * @param arguments a record, whose components are the tool's parameters
         * @throws OutputTypeException if it, or a type inside of it, is not supported
         */
        public <A extends Record> Builder tool(
                String name, String description, Class<A> arguments, ToolHandler<? super A> handler) {
            JavaType type = new JavaTypes().of(arguments);
            return tool(
                    ToolDefinition.of(name, description, SchemaDefinitions.of(type)),
                    call -> handler.call(
                            arguments.cast(Objects.requireNonNull(type.value(call.arguments(), "the arguments")))));
        }

        /**
         * A tool that the model may call and that is run for it, on the thread that awaits or iterates the turn; the model
         * goes on with the result.
         *
         * @param handler is given the call; what it throws is told to the model and found in {@link Reply#toolRuns()}
         */
        public Builder tool(ToolDefinition definition, ToolHandler<ToolCall> handler) {
            tools.add(new ToolBox.Entry(definition, Objects.requireNonNull(handler, "handler")));
            return this;
        }

        /**
         * A tool that the caller runs: a reply that calls it ends with {@link Finish#TOOL_CALLS}, and
         * {@link ChatSession#send(List)} takes the results.
         */
        public Builder tool(ToolDefinition definition) {
            tools.add(new ToolBox.Entry(definition, null));
            return this;
        }

        /** Whether the first reply to each question may or must call tools. Default {@link ToolChoice#AUTO}. */
        public Builder toolChoice(ToolChoice choice) {
            this.toolChoice = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /** How many replies of one turn may call tools, at least 1; then the model has to answer. Default 8. */
        public Builder maxToolRounds(int rounds) {
            if (rounds < 1) {
                throw new IllegalArgumentException("maxToolRounds must be at least 1, got " + rounds);
            }
            this.maxToolRounds = rounds;
            return this;
        }

        /**
         * Goes on with a conversation that {@link ChatSession#save} saved: with its system message and messages, its
         * options (what is set here comes first), and what the model had read. That needs the same model, and the same adapter. With another
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
         *     belongs to another model or adapter
         * @throws TemplateException if the model's own template is not known and none was given
         * @throws TemplateException if there are tools and the model cannot call any
         * @throws ModelClosedException if the model was closed
         * @throws IllegalArgumentException if two tools have one name, a call is demanded of one that is not there, or the
         *     adapter was loaded for another model
         */
        public ChatSession start() {
            List<ToolDefinition> definitions =
                    tools.stream().map(ToolBox.Entry::definition).toList();
            ToolNames.requirePossible(toolChoice, definitions);
            model.requireCalls(Calling.of(definitions, toolChoice, history));
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
            return session(
                    setup(system, options),
                    history,
                    new TranscriptLog(),
                    model.open(TokenSequence.Use.SESSION, adapter));
        }

        private ChatSession restored(Path path) {
            if (system != null || !history.isEmpty()) {
                throw new IllegalArgumentException(
                        "a restored session has its own system message and history: leave out system(...) and"
                                + " history(...)");
            }
            try (SessionFile file = SessionFile.open(path)) {
                SavedSession session = file.session();
                LoraAdapter factors = model.raw().factors(adapter);
                String own = model.fingerprint(factors);
                if (!session.model().equals(own)) {
                    throw new SavedSessionException(path + ": found a session of another model (" + session.model()
                            + "); expected one of this model (" + own
                            + "). Load the model that it was saved with, and the adapter, if a"
                            + " plus sign and its digest follow");
                }
                return session(
                        setup(session.system(), session.options().with(options)),
                        session.history(),
                        new TranscriptLog(session.transcript(), session.turnEnds()),
                        model.restore(file, factors));
            } catch (IOException e) {
                throw SessionFile.unreadable(path, e);
            }
        }

        private SessionState.Setup setup(@Nullable Message begin, ChatOptions chosen) {
            ChatTemplate written = template == null ? model.language().template() : template;
            return new SessionState.Setup(
                    new PromptEncoder(written, model.tokenizer()),
                    chosen,
                    overflow,
                    begin,
                    new ToolBox(tools),
                    toolChoice,
                    maxToolRounds);
        }

        private ChatSession session(
                SessionState.Setup setup, List<Message> messages, TranscriptLog transcripts, TokenSequence sequence) {
            return new ChatSession(new SessionState(model, setup, messages, transcripts, sequence));
        }
    }
}
