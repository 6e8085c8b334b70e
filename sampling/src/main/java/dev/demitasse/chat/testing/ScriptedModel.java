package dev.demitasse.chat.testing;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.ChatTemplate;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.chat.Rendering;
import dev.demitasse.chat.ToolCall;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A model without weights, whose replies are written down: how an application tests its own code, in milliseconds and
 * without a download. Everything but the arithmetic is real: templates, tokens, streaming, stop strings, tools, schemas,
 * cancelling, threads.
 *
 * {@snippet :
 * try (var model = ScriptedModel.replying("Hello!").thenReplies("Goodbye!"); var chat = model.chat()) {
 *     assertEquals("Hello!", chat.ask("Hi"));
 *     assertEquals("Goodbye!", chat.ask("Bye"));
 * }
 * }
 *
 * <p>The replies are given in order, whoever asks, conversation, request or completion; after the last one, it is repeated if it is
 * text. Each byte of text is a token, if no other language is given, so a Chinese character takes three. Thread-safe.
 */
public final class ScriptedModel extends LanguageModel {
    private static final int CONTEXT = 32_768;

    private final Script script;

    private ScriptedModel(ModelLanguage language, Script script) {
        super(language, CONTEXT, script::reply, script::tokenTime);
        this.script = script;
    }

    /** A model with Qwen2.5's template that gives these replies; none to begin with another kind of step. */
    public static ScriptedModel replying(String... replies) {
        ScriptedModel model = withTemplate(ChatTemplate.qwen25());
        for (String reply : replies) {
            model.thenReplies(reply);
        }
        return model;
    }

    /** A model with a template of ChatML's kind, such as {@link ChatTemplate#qwen3()}, and no replies yet. */
    public static ScriptedModel withTemplate(ChatTemplate template) {
        return withLanguage(ByteLanguage.of(template));
    }

    /** A model that speaks as another, with that one's tokenizer and template, and no replies yet. */
    public static ScriptedModel withLanguage(ModelLanguage language) {
        return new ScriptedModel(language, new Script(language));
    }

    /** The next reply: plain text, whatever it contains. */
    public ScriptedModel thenReplies(String text) {
        script.answer(new Rendering.Builder().caller(text).build());
        return this;
    }

    /** The next reply begins with reasoning, as Qwen3's do. */
    public ScriptedModel thenThinks(String thinking, String text) {
        script.answer(new Rendering.Builder()
                .template("<think>\n")
                .caller(thinking)
                .template("\n</think>\n\n")
                .caller(text)
                .build());
        return this;
    }

    /** The next reply calls a tool. */
    public ScriptedModel thenCalls(String tool, Map<String, ? extends @Nullable Object> arguments) {
        return thenCalls(ToolCall.of(tool, arguments));
    }

    /** The next reply calls tools, one after the other; their ids are not used. */
    public ScriptedModel thenCalls(ToolCall... calls) {
        Rendering.Builder reply = new Rendering.Builder();
        String separator = "";
        for (ToolCall call : calls) {
            reply.template(separator + "<tool_call>\n{\"name\": \"").caller(call.name());
            reply.template("\", \"arguments\": ").caller(call.argumentsJson()).template("}\n</tool_call>");
            separator = "\n";
        }
        script.calls(reply.build());
        return this;
    }

    /** The next turn fails with this, once: the one after it gets the next reply. */
    public ScriptedModel failing(RuntimeException failure) {
        script.fail(Objects.requireNonNull(failure, "failure"));
        return this;
    }

    /** Each token takes this long from now on, and so does reading a prompt: time to cancel, or to run out of it. */
    public ScriptedModel delaying(Duration eachToken) {
        script.tokenTime(Objects.requireNonNull(eachToken, "eachToken"));
        return this;
    }

    @Override
    public Generation complete(int[] prompt, ChatOptions options) {
        Generation generation = super.complete(prompt, options);
        script.completes(prompt);
        return generation;
    }

    /** What the model was asked so far: the text of each prompt, as the template or the caller of a completion wrote it. */
    public List<String> prompts() {
        return script.prompts();
    }
}
