package dev.demitasse.chat;

import org.jspecify.annotations.Nullable;

/** The templates that are built in. */
final class ChatTemplates {
    private ChatTemplates() {}

    /** The template that writes what this Jinja text does, or null. */
    static @Nullable ChatTemplate recognise(String source) {
        return source.isEmpty() ? TemplateInputOnly.INSTANCE : null;
    }

    private enum TemplateInputOnly implements ChatTemplate {
        INSTANCE;

        @Override
        public Rendering render(TemplateInput input) {
            throw new TemplateException("the chat template is empty");
        }
    }
}
