package dev.demitasse.chat;

import dev.demitasse.core.format.Gguf;
import dev.demitasse.tokenizer.Tokenizer;
import dev.demitasse.tokenizer.TokenizerJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a model is spoken to: its tokenizer, its chat template, its default options and the tokens that end its turn.
 * Loads without the weights, for applications that count tokens or render prompts only. Immutable, thread-safe.
 */
public final class ModelLanguage {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String GENERATION_CONFIG = "generation_config.json";

    /** End-of-turn tokens by name: models list only one of them as their end-of-sequence token, or none. */
    private static final Set<String> END_NAMES = Set.of("<|im_end|>", "<|endoftext|>");

    private final Tokenizer tokenizer;
    private final @Nullable ChatTemplate template;
    private final @Nullable TemplateException templateProblem;
    private final ChatOptions defaults;
    private final Set<Integer> stopTokens;
    private final Markup markup;

    /** With a template that is at hand. */
    ModelLanguage(Tokenizer tokenizer, ChatTemplate template, ChatOptions defaults, Set<Integer> stopTokens) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.templateProblem = null;
        this.defaults = defaults;
        this.stopTokens = Set.copyOf(stopTokens);
        this.markup = Markup.of(tokenizer);
    }

    /**
     * A language put together by hand. Turns end with the tokens {@code <|im_end|>} and {@code <|endoftext|>}, as far as
     * the vocabulary has them.
     *
     * @throws IllegalArgumentException if it has neither
     */
    public static ModelLanguage of(Tokenizer tokenizer, ChatTemplate template) {
        Set<Integer> ends = withNamedEnds(Set.of(), tokenizer);
        if (ends.isEmpty()) {
            throw new IllegalArgumentException("no token ends a turn: the vocabulary has none of " + END_NAMES);
        }
        return new ModelLanguage(tokenizer, template, ChatOptions.INHERIT, ends);
    }

    /** @param said the options that the model's files set */
    private ModelLanguage(
            Tokenizer tokenizer, Supplier<ChatTemplate> recognising, ChatOptions said, Set<Integer> endTokens) {
        this.tokenizer = tokenizer;
        this.stopTokens = Set.copyOf(withNamedEnds(endTokens, tokenizer));
        this.markup = Markup.of(tokenizer);
        ChatTemplate recognised = null;
        TemplateException problem = null;
        try {
            recognised = recognising.get();
        } catch (TemplateException e) {
            // A model without a template is of use as long as nobody chats, or if the application brings one.
            problem = e;
        }
        this.template = recognised;
        this.templateProblem = problem;
        this.defaults = FamilyDefaults.of(recognised).with(said);
    }

    /**
     * Loads it.
     *
     * @param path a GGUF file, a Hugging Face folder (of which {@code tokenizer.json} is needed), a safetensors file in
     *     one, or a {@code tokenizer.json}
     * @throws ModelLoadException if that is not possible: one of its subtypes says why
     */
    public static ModelLanguage load(Path path) {
        return LoadFailures.wrap(path, () -> {
            ModelPaths.requireExists(path);
            if (ModelPaths.isGguf(path)) {
                try (Gguf gguf = Gguf.open(path)) {
                    return of(gguf);
                }
            }
            Path folder = ModelPaths.folderOf(path);
            // A tokenizer file may have any name; its companions have theirs.
            return path.toString().endsWith(".json") && Files.isRegularFile(path) ? of(path, folder) : ofFolder(folder);
        });
    }

    static ModelLanguage of(Gguf gguf) {
        return LoadFailures.wrap(gguf.path(), () -> {
            Tokenizer tokenizer = GgufVocabulary.tokenizer(gguf);
            return new ModelLanguage(
                    tokenizer,
                    () -> templateOf(gguf),
                    GgufSampling.options(gguf),
                    GgufVocabulary.endTokens(gguf, tokenizer.vocabulary().size()));
        });
    }

    static ModelLanguage ofFolder(Path folder) {
        return of(folder.resolve(TOKENIZER), folder);
    }

    private static ModelLanguage of(Path tokenizerJson, Path folder) {
        if (!Files.exists(tokenizerJson)) {
            throw new ModelNotFoundException(tokenizerJson + ": found no such file; expected the tokenizer beside the"
                    + " model. Download it from where the weights are");
        }
        Tokenizer tokenizer = LoadFailures.wrap(tokenizerJson, () -> TokenizerJson.load(tokenizerJson));
        ChatOptions said = ChatOptions.INHERIT;
        Set<Integer> ends = Set.of();
        Path generationConfig = folder.resolve(GENERATION_CONFIG);
        if (Files.exists(generationConfig)) {
            GenerationConfig generation = GenerationConfig.read(generationConfig);
            said = generation.options();
            ends = generation.endTokens();
        }
        refuseBeginningToken(folder.resolve(TOKENIZER_CONFIG));
        return new ModelLanguage(tokenizer, () -> KnownTemplates.ofFolder(folder), said, ends);
    }

    private static ChatTemplate templateOf(Gguf gguf) {
        String source = gguf.metadata().findString("tokenizer.chat_template");
        if (source == null) {
            throw new TemplateException("no chat template: " + gguf.path() + " has no tokenizer.chat_template");
        }
        return KnownTemplates.recognise(source, gguf.path().toString());
    }

    private static void refuseBeginningToken(Path config) {
        if (Files.exists(config)
                && Boolean.TRUE.equals(JsonFile.readObject(config).get("add_bos_token"))) {
            throw new UnsupportedArchitectureException(
                    config + ": add_bos_token: found true; expected false: no token is put before a prompt");
        }
    }

    private static Set<Integer> withNamedEnds(Set<Integer> endTokens, Tokenizer tokenizer) {
        Set<Integer> ends = new TreeSet<>(endTokens);
        for (String name : END_NAMES) {
            OptionalInt id = tokenizer.tokenId(name);
            if (id.isPresent() && tokenizer.vocabulary().isSpecial(id.getAsInt())) {
                ends.add(id.getAsInt());
            }
        }
        return ends;
    }

    /** Text to token ids and back. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * How conversations are written.
     *
     * @throws TemplateException if the model has no chat template, or one that is not known
     */
    public ChatTemplate template() {
        if (template == null) {
            throw new TemplateException((templateProblem == null ? "no chat template" : templateProblem.getMessage())
                    + ". newChat().template(...) takes one");
        }
        return template;
    }

    /**
     * Options of a reply where neither turn nor session sets them: what the model's files recommend
     * ({@code generation_config.json}, the keys {@code general.sampling.*} of GGUF), else what its makers do, if its chat
     * template is one of Qwen's own, else none.
     */
    public ChatOptions defaults() {
        return defaults;
    }

    /**
     * The options of a reply for which an application asks. Where it says nothing, the model's defaults hold; only their
     * penalties do not come with {@link ChatOptions.Builder#greedy}: they were chosen for drawing.
     */
    ChatOptions resolve(ChatOptions asked) {
        return (asked.isGreedy() ? defaults.withoutPenalties() : defaults).with(asked);
    }

    /** Tokens that end the model's turn. */
    public Set<Integer> stopTokens() {
        return stopTokens;
    }

    /** @throws TemplateException if there are tools and the model has no tokens to call them with */
    void requireCalls(Calling calling) {
        if (calling.isOn() && !markup.canCall()) {
            throw new TemplateException("tools cannot be called: the vocabulary has no tokens <tool_call> and"
                    + " </tool_call>. Use a model that was trained to call tools, such as Qwen2.5 or Qwen3");
        }
    }

    /** Tokens that divide a reply. */
    Markup markup() {
        return markup;
    }

    /**
     * Token ids of a conversation as a chat sends it: special tokens that the template wrote are tokens, text that came
     * from a caller is encoded as plain text, whatever it contains.
     *
     * @throws TemplateException if there is no template that can write it
     */
    public int[] encode(TemplateInput input) {
        return new PromptEncoder(template(), tokenizer).encode(input, null).tokens();
    }
}
