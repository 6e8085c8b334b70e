package dev.demitasse.chat;

import java.util.List;

/**
 * The templates of Qwen3's models, which can reason before they answer: reasoning of earlier answers is left out, that of
 * the answers since the last question is kept. Messages of roles it does not know are left out.
 *
 * @param name for people
 * @param missingText what a message without text is
 * @param ending how the assistant's answer begins
 */
record Qwen3Template(String name, MissingText missingText, Ending ending) implements ChatTemplate {
    /** What the first models came with. */
    static final Qwen3Template FIRST = new Qwen3Template("Qwen3", MissingText.REFUSED, Ending.SWITCHABLE);

    /** The same models' later files. */
    static final Qwen3Template REVISED = new Qwen3Template("Qwen3", MissingText.EMPTY, Ending.SWITCHABLE);

    /** The models of July 2025 that always reason. */
    static final Qwen3Template THINKING_2507 =
            new Qwen3Template("Qwen3-Thinking-2507", MissingText.EMPTY, Ending.REASONING);

    /** The models of July 2025 that never reason. */
    static final Qwen3Template INSTRUCT_2507 =
            new Qwen3Template("Qwen3-Instruct-2507", MissingText.EMPTY, Ending.ANSWER);

    /** What a message without text is. */
    enum MissingText {
        /** A mistake. */
        REFUSED,
        /** Empty text, except for the system message at the beginning. */
        EMPTY
    }

    /** How the assistant's answer begins. */
    enum Ending {
        /** With an empty reasoning where reasoning is switched off, else open. */
        SWITCHABLE,
        /** With reasoning, always. */
        REASONING,
        /** Open: the model does not reason. */
        ANSWER
    }

    private static final String THINK = "<think>";
    private static final String END_THINK = "</think>";

    /** An assistant's message, its reasoning cut off. */
    private record Answer(String thinking, String text) {}

    @Override
    public Rendering render(TemplateInput input) {
        List<Message> messages = Conversations.checked(input, this);
        Rendering.Builder out = new Rendering.Builder();
        system(input, out);
        int lastQuery = lastQuery(messages);
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            switch (message.role().name()) {
                case "system" -> {
                    if (i > 0) {
                        Conversations.turn(message.role(), text(messages, i), out);
                    }
                }
                case "user" -> Conversations.turn(message.role(), text(messages, i), out);
                case "assistant" -> assistant(messages, i, lastQuery, out);
                case "tool" -> Conversations.toolResult(messages, i, text(messages, i), out);
                default -> {}
            }
        }
        if (input.generationPrompt()) {
            out.template("<|im_start|>assistant\n");
            out.template(beginning(input.thinking()));
        }
        return out.build();
    }

    private String beginning(TemplateInput.Thinking thinking) {
        return switch (ending) {
            case SWITCHABLE -> thinking == TemplateInput.Thinking.OFF ? "<think>\n\n</think>\n\n" : "";
            case REASONING -> "<think>\n";
            case ANSWER -> "";
        };
    }

    private String text(List<Message> messages, int index) {
        if (missingText == MissingText.EMPTY && messages.get(index).content() == null) {
            return "";
        }
        return Conversations.text(messages, index, this);
    }

    private void system(TemplateInput input, Rendering.Builder out) {
        boolean hasSystem = input.messages().getFirst().role().equals(Role.SYSTEM);
        if (input.tools().isEmpty()) {
            if (hasSystem) {
                Conversations.turn(Role.SYSTEM, Conversations.text(input.messages(), 0, this), out);
            }
            return;
        }
        out.template("<|im_start|>system\n");
        if (hasSystem) {
            out.caller(Conversations.text(input.messages(), 0, this)).template("\n\n");
        }
        Conversations.tools(input.tools(), out);
    }

    /** Index of the last user message that is a question and not a tool's result in disguise. */
    private int lastQuery(List<Message> messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role().equals(Role.USER)) {
                String text = text(messages, i);
                boolean missing = messages.get(i).content() == null;
                if (!missing && !(text.startsWith("<tool_response>") && text.endsWith("</tool_response>"))) {
                    return i;
                }
            }
        }
        return messages.size() - 1;
    }

    private void assistant(List<Message> messages, int index, int lastQuery, Rendering.Builder out) {
        Message message = messages.get(index);
        Answer answer = answer(message, text(messages, index));
        boolean last = index == messages.size() - 1;
        out.template("<|im_start|>assistant\n");
        if (index > lastQuery && (last || !answer.thinking().isEmpty())) {
            out.template("<think>\n").caller(strip(answer.thinking())).template("\n</think>\n\n");
            out.caller(stripLeading(answer.text()));
        } else {
            out.caller(answer.text());
        }
        boolean first = true;
        for (ToolCall call : message.toolCalls()) {
            if (!first || !answer.text().isEmpty()) {
                out.template("\n");
            }
            Conversations.toolCall(call.name(), call.argumentsJson(), out);
            first = false;
        }
        out.template("<|im_end|>\n");
    }

    private static Answer answer(Message message, String content) {
        String thinking = message.thinking();
        if (thinking != null) {
            return new Answer(thinking, content);
        }
        int end = content.indexOf(END_THINK);
        if (end < 0) {
            return new Answer("", content);
        }
        String before = stripTrailing(content.substring(0, end));
        String inside =
                before.substring(before.lastIndexOf(THINK) < 0 ? 0 : before.lastIndexOf(THINK) + THINK.length());
        String after = content.substring(content.lastIndexOf(END_THINK) + END_THINK.length());
        return new Answer(stripLeading(inside), stripLeading(after));
    }

    // Line feeds only, where String.strip would take all white space.

    private static String strip(String text) {
        return stripLeading(stripTrailing(text));
    }

    private static String stripLeading(String text) {
        int from = 0;
        while (from < text.length() && text.charAt(from) == '\n') {
            from++;
        }
        return text.substring(from);
    }

    private static String stripTrailing(String text) {
        int to = text.length();
        while (to > 0 && text.charAt(to - 1) == '\n') {
            to--;
        }
        return text.substring(0, to);
    }
}
