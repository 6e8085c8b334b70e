package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.TemplateInput;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the body of {@code /v1/chat/completions}. What would change the reply and is not understood is refused; fields for
 * bookkeeping ({@code user}, {@code store}, {@code metadata}) and unknown ones are passed over, as other local servers do.
 */
final class ChatCompletionReader {
    private static final List<String> UNSUPPORTED =
            List.of("audio", "functions", "function_call", "web_search_options");

    private final Fields fields;
    private final int vocabularySize;

    ChatCompletionReader(ObjectNode body, int vocabularySize) {
        this.fields = new Fields(body, "");
        this.vocabularySize = vocabularySize;
    }

    ChatCompletionRequest read() {
        refuseUnsupported();
        return new ChatCompletionRequest(
                MessagesReader.read(fields),
                ChatOptions.of(this::setOptions),
                thinking(),
                ToolsReader.tools(fields),
                ToolsReader.choice(fields),
                SamplingFields.choices(fields),
                SamplingFields.seed(fields),
                StreamMode.read(fields),
                fields.flag("logprobs"));
    }

    private void refuseUnsupported() {
        for (String name : UNSUPPORTED) {
            if (fields.has(name)) {
                throw ApiException.unsupported(name, "leave it out");
            }
        }
        List<String> modalities = fields.texts("modalities", Integer.MAX_VALUE);
        if (modalities != null && !modalities.equals(List.of("text"))) {
            throw ApiException.unsupported("modalities", "this model writes text");
        }
    }

    /**
     * Qwen3's switch, as its other servers spell it: {@code "chat_template_kwargs": {"enable_thinking": false}}; else
     * OpenAI's.
     */
    private TemplateInput.Thinking thinking() {
        Fields arguments = fields.object("chat_template_kwargs");
        if (arguments == null || !arguments.has("enable_thinking")) {
            return thinking(fields.text("reasoning_effort"));
        }
        return arguments.flag("enable_thinking") ? TemplateInput.Thinking.ON : TemplateInput.Thinking.OFF;
    }

    /** By how hard it is to try: not at all, or as hard as it does by itself. */
    static TemplateInput.Thinking thinking(@Nullable String effort) {
        return "none".equals(effort) ? TemplateInput.Thinking.OFF : TemplateInput.Thinking.DEFAULT;
    }

    private void setOptions(ChatOptions.Builder options) {
        SamplingFields.setOpenAis(fields, vocabularySize, options);
        Fields.ifPresent(fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE), options::maxTokens);
        logprobs(options);
        ResponseFormat.set(fields, options);
    }

    private void logprobs(ChatOptions.Builder options) {
        Integer top = fields.integer("top_logprobs", 0, SamplingFields.MOST_TOP_LOGPROBS);
        if (fields.flag("logprobs")) {
            options.logprobs(top == null ? 0 : top);
        } else if (top != null) {
            throw ApiException.badField("top_logprobs", "only allowed together with \"logprobs\": true");
        }
    }
}
