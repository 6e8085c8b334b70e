package dev.demitasse.chat;

import java.util.List;

/**
 * The template of Qwen2.5's instruction models: ChatML with tools, and a system message where there is none. Messages of
 * roles it does not know are left out, as the reference leaves them out.
 *
 * @param defaultSystem the system message of conversations that do not begin with one
 */
record Qwen25Template(String defaultSystem) implements ChatTemplate {
    static final String QWEN = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

    @Override
    public String name() {
        return "Qwen2.5";
    }

    @Override
    public Rendering render(TemplateInput input) {
        List<Message> messages = Conversations.checked(input, this);
        Rendering.Builder out = new Rendering.Builder();
        system(input, out);
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            switch (message.role().name()) {
                case "system" -> {
                    if (i > 0) {
                        Conversations.turn(message.role(), Conversations.text(messages, i, this), out);
                    }
                }
                case "user" -> Conversations.turn(message.role(), Conversations.text(messages, i, this), out);
                case "assistant" -> assistant(messages, i, out);
                case "tool" -> Conversations.toolResult(messages, i, Conversations.text(messages, i, this), out);
                default -> {}
            }
        }
        if (input.generationPrompt()) {
            out.template("<|im_start|>assistant\n");
        }
        return out.build();
    }

    private void system(TemplateInput input, Rendering.Builder out) {
        out.template("<|im_start|>system\n");
        if (input.messages().getFirst().role().equals(Role.SYSTEM)) {
            out.caller(Conversations.text(input.messages(), 0, this));
        } else {
            out.template(defaultSystem);
        }
        if (input.tools().isEmpty()) {
            out.template("<|im_end|>\n");
        } else {
            out.template("\n\n");
            Conversations.tools(input.tools(), out);
        }
    }

    private void assistant(List<Message> messages, int index, Rendering.Builder out) {
        Message message = messages.get(index);
        if (message.toolCalls().isEmpty()) {
            Conversations.turn(message.role(), Conversations.text(messages, index, this), out);
            return;
        }
        out.template("<|im_start|>assistant");
        String content = message.content();
        if (content != null && !content.isEmpty()) {
            out.template("\n").caller(content);
        }
        for (ToolCall call : message.toolCalls()) {
            out.template("\n");
            // arguments that came as text are written as a JSON string, as the reference does
            Conversations.toolCall(call.name(), PythonJson.write(call.rawArguments()), out);
        }
        out.template("<|im_end|>\n");
    }
}
