package dev.demitasse.examples.server;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.tokenizer.SpecialTokens;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads the body of {@code /v1/completions}, by the rules of {@link ChatCompletionReader}. */
final class TextCompletionReader {
    private static final int MOST_PROMPTS = 256;
    private static final int DEFAULT_MAX_TOKENS = 16;

    private final Fields fields;
    private final LanguageModel model;
    private final @Nullable Integer logprobs;

    TextCompletionReader(ObjectNode body, LanguageModel model) {
        this.fields = new Fields(body, "");
        this.model = model;
        this.logprobs = fields.integer("logprobs", 0, SamplingFields.MOST_TOP_LOGPROBS);
    }

    TextCompletionRequest read() {
        int choices = SamplingFields.choices(fields);
        refuseUnsupported(choices);
        return new TextCompletionRequest(
                prompts(),
                choices,
                ChatOptions.of(this::setOptions),
                SamplingFields.seed(fields),
                fields.flag("echo"),
                logprobs,
                StreamMode.read(fields));
    }

    private void refuseUnsupported(int choices) {
        String suffix = fields.text("suffix");
        if (suffix != null && !suffix.isEmpty()) {
            throw ApiException.unsupported(
                    "suffix", "write the prompt as the model was trained to fill gaps, if it was, and leave it out");
        }
        Integer candidates = fields.integer("best_of", 1, Integer.MAX_VALUE);
        if (candidates != null && candidates != choices) {
            throw ApiException.unsupported("best_of", "all replies are returned; ask for them with n, or leave it out");
        }
    }

    /** As the models read them: whoever writes a prompt without a template writes its marks too. */
    private List<TokenInputs.Input> prompts() {
        SpecialTokens inText = fields.flag("parse_special", true) ? SpecialTokens.ALL : SpecialTokens.NONE;
        return new TokenInputs("prompt", model, inText, MOST_PROMPTS, model.contextSize() - 1).read(fields);
    }

    private void setOptions(ChatOptions.Builder options) {
        options.maxTokens(DEFAULT_MAX_TOKENS);
        SamplingFields.setOpenAis(fields, model.info().vocabularySize(), options);
        Fields.ifPresent(logprobs, options::logprobs);
        ResponseFormat.set(fields, options);
    }
}
