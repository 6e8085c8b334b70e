package dev.demitasse.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ChatML as it stands: every message between {@code <|im_start|>role} and {@code <|im_end|>}, any role, no tools.
 *
 * @param defaultSystem the system message of conversations that do not begin with one, or null for none
 */
record ChatMl(@Nullable String defaultSystem) implements ChatTemplate {
    @Override
    public String name() {
        return "ChatML";
    }

    @Override
    public Rendering render(TemplateInput input) {
        List<Message> messages = Conversations.checked(input, this);
        Conversations.refuseTools(input, this);
        Rendering.Builder out = new Rendering.Builder();
        if (defaultSystem != null && !messages.getFirst().role().equals(Role.SYSTEM)) {
            out.template("<|im_start|>system\n" + defaultSystem + "<|im_end|>\n");
        }
        for (int i = 0; i < messages.size(); i++) {
            Conversations.turn(messages.get(i).role(), Conversations.text(messages, i, this), out);
        }
        if (input.generationPrompt()) {
            out.template("<|im_start|>assistant\n");
        }
        return out.build();
    }
}
