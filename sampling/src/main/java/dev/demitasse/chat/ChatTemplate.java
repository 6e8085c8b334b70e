package dev.demitasse.chat;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a model wants a conversation written. The templates of the Qwen family are built in and recognised by the text
 * that model files carry; an application may bring its own by implementing this interface. Implementations are
 * immutable and thread-safe.
 */
public interface ChatTemplate {
    /**
     * The built-in template that writes what a model file's Jinja template writes.
     *
     * @param jinja the text of the template, from {@code tokenizer_config.json} or GGUF's {@code tokenizer.chat_template}
     * @param where the file it comes from, for messages
     * @throws TemplateException if it is not known to be one of those built in
     */
    static ChatTemplate recognise(String jinja, String where) {
        return KnownTemplates.recognise(jinja, where);
    }

    /**
     * The template of a folder with a model's tokenizer files: {@code chat_template.jinja}, else
     * {@code tokenizer_config.json}.
     *
     * @throws TemplateException if there is none, or it is not known to be one of those built in
     * @throws java.io.UncheckedIOException if a file cannot be read
     */
    static ChatTemplate ofFolder(Path folder) {
        return KnownTemplates.ofFolder(folder);
    }

    /** Qwen2.5's: ChatML with tools and a system message where there is none. */
    static ChatTemplate qwen25() {
        return new Qwen25Template(Qwen25Template.QWEN);
    }

    /** Qwen3's, with reasoning that can be switched off. */
    static ChatTemplate qwen3() {
        return Qwen3Template.REVISED;
    }

    /**
     * ChatML without tools.
     *
     * @param defaultSystem the system message of conversations that do not begin with one, or null for none
     */
    static ChatTemplate chatMl(@Nullable String defaultSystem) {
        return new ChatMl(defaultSystem);
    }

    /** Name for people: {@code "Qwen2.5"}. */
    String name();

    /**
     * Writes a conversation.
     *
     * @throws TemplateException if this template has no way to write it: no message at all, a message without text
     */
    Rendering render(TemplateInput input);
}
