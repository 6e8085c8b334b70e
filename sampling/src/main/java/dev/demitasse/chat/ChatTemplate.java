package dev.demitasse.chat;

/**
 * How a model wants a conversation written. The templates of the Qwen family are built in and recognised by the text
 * that model files carry; an application may bring its own by implementing this interface. Implementations are
 * immutable and thread-safe.
 */
public interface ChatTemplate {
    /** Name for people: {@code "Qwen2.5"}. */
    String name();

    /**
     * Writes a conversation.
     *
     * @throws TemplateException if this template has no way to write it: no message at all, a message without text
     */
    Rendering render(TemplateInput input);
}
