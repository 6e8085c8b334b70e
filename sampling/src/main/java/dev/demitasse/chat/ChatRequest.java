package dev.demitasse.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A whole conversation to be answered once, without a session. An immutable value made by a builder:
 *
 * {@snippet :
 * ChatRequest request = ChatRequest.builder().system("Be brief.").user("Why is the sky blue?").build();
 * String text = model.send(request).await().text();
 * }
 */
public final class ChatRequest {
    private final List<Message> messages;
    private final ChatOptions options;
    private final TemplateInput.Thinking thinking;
    private final List<ToolDefinition> tools;
    private final ToolChoice toolChoice;
    private final @Nullable Adapter adapter;

    private ChatRequest(Builder builder) {
        OutputType<?> output = builder.output;
        this.messages = output == null ? List.copyOf(builder.messages) : asking(builder.messages, output);
        this.options = output == null
                ? builder.options
                : builder.options.toBuilder().output(output).build();
        this.thinking = builder.thinking;
        this.tools = List.copyOf(builder.tools);
        this.toolChoice = builder.toolChoice;
        this.adapter = builder.adapter;
    }

    private static List<Message> asking(List<Message> messages, OutputType<?> output) {
        List<Message> asking = new ArrayList<>(messages);
        for (int i = asking.size() - 1; i >= 0; i--) {
            Message message = asking.get(i);
            String text = message.content();
            if (message.role().equals(Role.USER) && text != null) {
                asking.set(i, Message.user(output.asked(text)));
                break;
            }
        }
        return List.copyOf(asking);
    }

    /** A builder without messages. */
    public static Builder builder() {
        return new Builder();
    }

    /** The conversation, oldest message first. */
    public List<Message> messages() {
        return messages;
    }

    /** Options of the reply; what they leave unset comes from the model. */
    public ChatOptions options() {
        return options;
    }

    /** Whether a model that can reason first is told to. */
    public TemplateInput.Thinking thinking() {
        return thinking;
    }

    /** Tools that the model may call; the caller runs them. */
    public List<ToolDefinition> tools() {
        return tools;
    }

    /** Whether the model may or must call tools. */
    public ToolChoice toolChoice() {
        return toolChoice;
    }

    /** What the reply is computed with besides the model's weights; null for what the model was loaded with. */
    public @Nullable Adapter adapter() {
        return adapter;
    }

    TemplateInput templateInput() {
        // told not to think where its template leaves the choice; one that always thinks does so first, see
        // ThinkingFirst
        boolean held = options.output() != null && thinking == TemplateInput.Thinking.DEFAULT;
        return TemplateInput.of(messages)
                .withThinking(held ? TemplateInput.Thinking.OFF : thinking)
                .withTools(tools.stream().map(ToolDefinition::templateValue).toList());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChatRequest request
                && messages.equals(request.messages)
                && options.equals(request.options)
                && thinking == request.thinking
                && tools.equals(request.tools)
                && toolChoice.equals(request.toolChoice)
                && adapter == request.adapter;
    }

    @Override
    public int hashCode() {
        return Objects.hash(messages, options, thinking, tools, toolChoice, adapter);
    }

    /** Sizes and options: what people write is not for logs. */
    @Override
    public String toString() {
        return "ChatRequest[" + messages.size() + " messages, " + tools.size() + " tools, " + options + "]";
    }

    /** Collects a request. Not thread-safe. */
    public static final class Builder {
        private final List<Message> messages = new ArrayList<>();
        private ChatOptions options = ChatOptions.INHERIT;
        private @Nullable OutputType<?> output;
        private TemplateInput.Thinking thinking = TemplateInput.Thinking.DEFAULT;
        private final List<ToolDefinition> tools = new ArrayList<>();
        private ToolChoice toolChoice = ToolChoice.AUTO;
        private @Nullable Adapter adapter;

        private Builder() {}

        /** Appends instructions for the whole conversation; they come first. */
        public Builder system(String text) {
            return message(Message.system(text));
        }

        /** Appends what the user says. */
        public Builder user(String text) {
            return message(Message.user(text));
        }

        /** Appends what the model answered before. */
        public Builder assistant(String text) {
            return message(Message.assistant(text));
        }

        /** Appends a message. */
        public Builder message(Message message) {
            messages.add(Objects.requireNonNull(message, "message"));
            return this;
        }

        /** Appends messages. */
        public Builder messages(List<Message> more) {
            more.forEach(this::message);
            return this;
        }

        /** Options of the reply; what they leave unset comes from the model. */
        public Builder options(ChatOptions options) {
            this.options = Objects.requireNonNull(options, "options");
            return this;
        }

        /** Options of the reply: {@code options(o -> o.maxTokens(200))}. */
        public Builder options(Consumer<? super ChatOptions.Builder> setting) {
            return options(ChatOptions.of(setting));
        }

        /**
         * What the reply has to be; {@link OutputType#parse} makes a value of the reply's text. The type's
         * {@link OutputType#instructions} are written below the last message of the user.
         */
        public Builder output(OutputType<?> type) {
            this.output = Objects.requireNonNull(type, "type");
            return this;
        }

        /** Whether a model that can reason first is told to. */
        public Builder thinking(TemplateInput.Thinking thinking) {
            this.thinking = Objects.requireNonNull(thinking, "thinking");
            return this;
        }

        /**
         * Tools that the model may call. A reply that does ends with {@link Finish#TOOL_CALLS} and has
         * {@link Reply#toolCalls()}; the caller runs them and sends another request, with the reply and the results:
         * {@link Message#assistant(String, List)}, then a {@link Message#toolResult(String, String)} for each call.
         *
         * @throws IllegalArgumentException if two tools have one name
         */
        public Builder tools(List<ToolDefinition> tools) {
            ToolNames.requireDistinct(tools);
            this.tools.clear();
            this.tools.addAll(tools);
            return this;
        }

        /** Whether the model may or must call tools. Default {@link ToolChoice#AUTO}. */
        public Builder toolChoice(ToolChoice toolChoice) {
            this.toolChoice = Objects.requireNonNull(toolChoice, "toolChoice");
            return this;
        }

        /** What the reply is computed with besides the model's weights. Default: what the model was loaded with. */
        public Builder adapter(Adapter adapter) {
            this.adapter = Objects.requireNonNull(adapter, "adapter");
            return this;
        }

        /**
         * The request as collected so far.
         *
         * @throws IllegalArgumentException if a tool call is demanded of a tool that is not there
         */
        public ChatRequest build() {
            ToolNames.requirePossible(toolChoice, tools);
            return new ChatRequest(this);
        }
    }
}
