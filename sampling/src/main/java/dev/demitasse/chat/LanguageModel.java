package dev.demitasse.chat;

import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.core.model.LoraAdapter;
import dev.demitasse.grammar.TokenGrammar;
import dev.demitasse.sampling.TokenConstraint;
import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A language model in memory: weights, tokenizer, chat template, and the threads that compute. Heavy, immutable,
 * thread-safe: load it once and share it. Conversations are {@link ChatSession}s; any number of them may run at the same
 * time, from platform or virtual threads, and are then computed together.
 *
 * {@snippet :
 * try (var model = LanguageModel.load(Path.of("qwen2.5-0.5b-instruct-q8_0.gguf")); var chat = model.chat()) {
 *     System.out.println(chat.ask("Why is the sky blue?"));
 *     System.out.println(chat.ask("And at sunset?"));
 * }
 * }
 *
 * <p>Computing happens on the model's own daemon threads, in turns fair to all sessions; callers only wait.
 */
public sealed class LanguageModel implements AutoCloseable permits ScriptedModel {
    private final RawModel raw;
    private final ModelLanguage language;
    private final OutputGrammars outputGrammars;
    private final Tally tally = new Tally();

    /** Takes over the raw model. */
    LanguageModel(RawModel raw, ModelLanguage language) {
        this.raw = raw;
        this.language = language;
        this.outputGrammars = new OutputGrammars(language.tokenizer().vocabulary());
    }

    /**
     * A model without weights, whose replies are written down: what {@link ScriptedModel} is made of.
     *
     * @param script the reply to a prompt, asked once for each on the model's thread: token ids without one that ends the
     *     turn, or null if the prompt asks for no reply; what it throws makes the turn fail
     * @param passTime how long each token takes
     */
    protected LanguageModel(
            ModelLanguage language,
            int contextSize,
            Function<int[], int @Nullable []> script,
            Supplier<Duration> passTime) {
        this(
                new RawModel(
                        new ScriptedEngine(language, contextSize, script, passTime),
                        ModelInfo.withoutWeights(language, contextSize),
                        Limits.NONE),
                language);
    }

    /**
     * Loads a model with default settings: {@code loader().load(path)}.
     *
     * @param path a GGUF file; a folder with {@code config.json}, safetensors and {@code tokenizer.json}; or one
     *     safetensors file in such a folder
     * @throws ModelLoadException if that is not possible: one of its subtypes says why
     */
    public static LanguageModel load(Path path) {
        return loader().load(path);
    }

    /**
     * Loads a model by its name with default settings, downloading it first if it is not in the cache: {@code
     * loader().load(name)}.
     *
     * @param name {@code hf:owner/repository/file.gguf}, {@code https://...}, or another that {@link ModelHub} knows
     * @throws IllegalArgumentException if the name is malformed
     * @throws DownloadException if the model cannot be had
     * @throws ModelLoadException if it cannot be loaded: one of its subtypes says why
     */
    public static LanguageModel load(String name) {
        return loader().load(name);
    }

    /**
     * Says how much memory a model takes with default settings, without loading it: {@code loader().estimate(path)}.
     *
     * @throws ModelLoadException if the model could not be loaded either, as far as its description tells
     */
    public static MemoryEstimate estimate(Path path) {
        return loader().estimate(path);
    }

    /** Settings for loading. */
    public static ModelLoader loader() {
        return new ModelLoader();
    }

    /** A new conversation with the model's defaults. */
    public ChatSession chat() {
        return newChat().start();
    }

    /** Describes a new conversation: {@code newChat().system("Be brief.").start()}. */
    public ChatSession.Builder newChat() {
        return new ChatSession.Builder(this);
    }

    /**
     * Loads a low-rank adapter (LoRA) for this model: a folder of PEFT ({@code adapter_config.json} and {@code
     * adapter_model.safetensors}), that safetensors file, or a GGUF file as llama.cpp's {@code convert_lora_to_gguf.py} writes
     * it. Sessions and requests that are given it are computed with it, others as before.
     *
     * @throws ModelLoadException if that is not possible, for example because it belongs to a model of other sizes: one of
     *     its subtypes says why
     * @throws ModelClosedException if this model was closed
     */
    public Adapter loadAdapter(Path path) {
        return loadAdapter(path, 1);
    }

    /**
     * As {@link #loadAdapter(Path)}, for an adapter that adds more or less than it was trained to.
     *
     * @param strength what all that it adds is multiplied by; finite
     */
    public Adapter loadAdapter(Path path, float strength) {
        ModelLoader.requireStrength(strength);
        requireOpen();
        return LoadFailures.wrap(path, () -> new Adapter(raw, path, raw.engine().loadAdapter(path, strength)));
    }

    /** How this model is spoken to: tokenizer, template, default options. */
    public ModelLanguage language() {
        return language;
    }

    /**
     * Prepares a reply to a whole conversation, without a session: for servers and adapters, whose callers send all
     * messages each time. What an earlier request, or a session, has read of it is re-used.
     *
     * @throws ContextOverflowException if the conversation does not fit the context
     * @throws TemplateException if the model's template cannot write it
     */
    public Generation send(ChatRequest request) {
        return new Generation(RequestTurn.answering(this, request));
    }

    /**
     * Prepares the continuation of a text as it is, without a chat template: for models that were not trained to chat, and
     * for prompts that an application writes itself.
     *
     * <p>The reply is one text: reasoning and tool calls are not told apart. It ends with the tokens that end a turn, as a
     * chat's does, and what the options leave unset comes from the model. What earlier turns have read of the prompt is
     * re-used.
     *
     * @param prompt plain text, whatever it contains; {@link #complete(int[], ChatOptions)} takes special tokens too
     * @throws IllegalArgumentException if the prompt is empty
     * @throws ContextOverflowException if it does not fit the context
     */
    public Generation complete(String prompt, ChatOptions options) {
        return complete(tokenizer().encode(prompt, SpecialTokens.NONE), options);
    }

    /** Like {@link #complete(String, ChatOptions)}: {@code complete("1, 1, 2, 3, 5,", o -> o.maxTokens(20))}. */
    public Generation complete(String prompt, Consumer<? super ChatOptions.Builder> options) {
        return complete(prompt, ChatOptions.of(options));
    }

    /**
     * Like {@link #complete(String, ChatOptions)}, for a prompt of token ids, of which any may be special: {@code
     * tokenizer().encode("<|fim_prefix|>...", SpecialTokens.ALL)}.
     *
     * @throws IllegalArgumentException if there are none, or one is not in the vocabulary
     */
    public Generation complete(int[] prompt, ChatOptions options) {
        raw.requireTokens(prompt);
        return new Generation(RequestTurn.completing(this, prompt.clone(), options));
    }

    /**
     * The embedding of a text, by the mean of its tokens: {@code embed(List.of(text)).getFirst()}.
     *
     * @return as many numbers as {@link ModelInfo#hiddenSize}, of length 1: the dot product of two is their cosine
     */
    public float[] embed(String text) {
        return embed(List.of(text)).getFirst();
    }

    /** The embeddings of texts, by the mean of their tokens; see {@link #embed(List, Pooling)}. */
    public List<float[]> embed(List<String> texts) {
        return embed(texts, Pooling.MEAN);
    }

    /**
     * The embeddings of texts: the pooled hidden states of their tokens after the final norm, brought to length 1. Texts are
     * read side by side. Nothing is put before or after a text: what a model wants there, the caller writes.
     *
     * @param texts none empty; may be any number
     * @return in the order of the texts, each with as many numbers as {@link ModelInfo#hiddenSize}
     * @throws IllegalArgumentException if a text has no tokens
     * @throws ContextOverflowException if a text does not fit the context; none is cut
     * @throws java.util.concurrent.CancellationException if the thread is interrupted while it waits
     */
    public List<float[]> embed(List<String> texts, Pooling pooling) {
        requireOpen();
        List<int[]> tokens = new ArrayList<>();
        for (String text : texts) {
            tokens.add(encodeSome(text, "text " + tokens.size()));
        }
        return new Scoring(raw).embed(tokens, pooling);
    }

    /**
     * As {@link #embed(List, Pooling)}, for texts of token ids, of which any may be special.
     *
     * @throws IllegalArgumentException if a text has no tokens, or one that is not in the vocabulary
     */
    public List<float[]> embedTokens(List<int[]> texts, Pooling pooling) {
        requireOpen();
        texts.forEach(raw::requireTokens);
        return new Scoring(raw).embed(List.copyOf(texts), pooling);
    }

    /**
     * How likely this model finds each of these texts after a prompt: for choosing among labels without any training, or for
     * judging what was written. The prompt is read once.
     *
     * <p>Prompt and continuation are encoded as one text. Where they share a token, it counts as part of the continuation;
     * write spaces at the beginning of continuations rather than at the end of the prompt.
     *
     * {@snippet :
     * List<Score> scores = model.score("这部电影太好看了。评价：", List.of("好", "坏"));
     * boolean good = scores.get(0).logProbability() > scores.get(1).logProbability();
     * }
     *
     * @param continuations none empty
     * @return in the order of the continuations
     * @throws IllegalArgumentException if the prompt or a continuation has no tokens
     * @throws ContextOverflowException if they do not fit the context
     * @throws java.util.concurrent.CancellationException if the thread is interrupted while it waits
     */
    public List<Score> score(String prompt, List<String> continuations) {
        requireOpen();
        int[] before = encodeSome(prompt, "the prompt");
        List<int[]> texts = new ArrayList<>();
        int[] scoredFrom = new int[continuations.size()];
        for (int i = 0; i < scoredFrom.length; i++) {
            var _ = encodeSome(continuations.get(i), "continuation " + i);
            int[] text = tokenizer().encode(prompt + continuations.get(i), SpecialTokens.NONE);
            int mismatch = Arrays.mismatch(before, text);
            scoredFrom[i] = Math.max(1, mismatch < 0 ? text.length - 1 : mismatch);
            texts.add(text);
        }
        return new Scoring(raw).score(texts, scoredFrom);
    }

    /**
     * How likely this model finds each of these replies to a conversation. The conversation is read once. Options and tools of
     * the request are not looked at.
     *
     * @param replies none empty; the end of the turn does not count
     * @return in the order of the replies
     * @throws IllegalArgumentException if a reply has no tokens
     * @throws ContextOverflowException if they do not fit the context
     * @throws java.util.concurrent.CancellationException if the thread is interrupted while it waits
     */
    public List<Score> score(ChatRequest request, List<String> replies) {
        requireOpen();
        int[] prompt = language.encode(request.templateInput());
        List<int[]> texts = new ArrayList<>();
        int[] scoredFrom = new int[replies.size()];
        for (int i = 0; i < scoredFrom.length; i++) {
            int[] reply = encodeSome(replies.get(i), "reply " + i);
            int[] text = Arrays.copyOf(prompt, prompt.length + reply.length);
            System.arraycopy(reply, 0, text, prompt.length, reply.length);
            scoredFrom[i] = prompt.length;
            texts.add(text);
        }
        return new Scoring(raw).score(texts, scoredFrom);
    }

    private int[] encodeSome(String text, String what) {
        int[] tokens = tokenizer().encode(text, SpecialTokens.NONE);
        if (tokens.length == 0) {
            throw new IllegalArgumentException(what + " is empty: expected at least one character");
        }
        return tokens;
    }

    /** Text to token ids and back, as this model sees text. */
    public Tokenizer tokenizer() {
        return language.tokenizer();
    }

    /** What was loaded, and how it runs. */
    public ModelInfo info() {
        return raw.info();
    }

    /** What this model has done since it was loaded, and what it is doing now. */
    public Stats stats() {
        return new Stats(tally, raw.scheduler(), raw.engine());
    }

    /** This model without its language, for token ids and logits. It is closed with this model. */
    public RawModel raw() {
        return raw;
    }

    /** Most tokens a conversation may have. */
    public int contextSize() {
        return raw.contextSize();
    }

    /**
     * Computes a few tokens, so that the first answer does not wait for the JVM to compile. Waits until it is done.
     */
    public void warmUp() {
        raw.warmUp();
    }

    Scheduler scheduler() {
        return raw.scheduler();
    }

    SequencePool pool() {
        return raw.pool();
    }

    void requireOpen() {
        if (raw.scheduler().isClosed()) {
            throw new ModelClosedException("the model was closed");
        }
    }

    TokenSequence open(TokenSequence.Use use) {
        return raw.open(use);
    }

    TokenSequence open(TokenSequence.Use use, @Nullable Adapter adapter) {
        return raw.open(use, raw.factors(adapter));
    }

    /** A text that tells apart what keys and values are computed from. */
    String fingerprint(@Nullable LoraAdapter adapter) {
        String weights = raw.engine().fingerprint();
        return adapter == null ? weights : weights + "+" + adapter.fingerprint();
    }

    /**
     * The sequence of a saved session: with its keys and values if they are of this model's type and there is room, else
     * empty.
     *
     * @param adapter what it was computed with besides the weights, or null
     * @throws SavedSessionException if the file is damaged
     */
    TokenSequence restore(SessionFile file, @Nullable LoraAdapter adapter) throws IOException {
        SavedSession saved = file.session();
        int[] tokens = saved.cached();
        requireKnown(tokens, file);
        if (saved.transcript() != null) {
            requireKnown(saved.transcript().tokens(), file);
        }
        if (saved.kvType() != info().kvType() || tokens.length > contextSize()) {
            file.skipKv();
            return raw.open(TokenSequence.Use.SESSION, adapter);
        }
        long bytes = raw.engine().writtenBytes(tokens.length);
        if (bytes != file.kvBytes()) {
            throw file.damaged(tokens.length + " tokens take " + bytes + " bytes of keys and values, and there are "
                    + file.kvBytes());
        }
        if (!scheduler().reserve(bytes)) {
            file.skipKv();
            return raw.open(TokenSequence.Use.SESSION, adapter);
        }
        try {
            return pool().add(TokenSequence.restored(readCache(file, tokens.length, adapter), adapter, tokens));
        } finally {
            pool().release(bytes);
        }
    }

    private void requireKnown(int[] tokens, SessionFile file) {
        for (int token : tokens) {
            if (token < 0 || token >= raw.vocabularySize()) {
                throw file.damaged(
                        "it names token " + token + ", and the vocabulary has 0 to " + (raw.vocabularySize() - 1));
            }
        }
    }

    private Engine.Cache readCache(SessionFile file, int positions, @Nullable LoraAdapter adapter) throws IOException {
        CRC32C checksum = new CRC32C();
        Engine.Cache cache = raw.engine().readCache(file.kv(checksum), positions, adapter);
        boolean intact = false;
        try {
            file.requireIntact(checksum);
            intact = true;
            return cache;
        } finally {
            if (!intact) {
                cache.close();
            }
        }
    }

    Engine engine() {
        return raw.engine();
    }

    void closeWhenUnreachable(SessionState session, TokenSequence sequence) {
        raw.closeWhenUnreachable(session, sequence);
    }

    /** A reply, in a sequence that will hold its prompt and itself. */
    ReplyJob newReply(ReplyTask reply, TokenSequence sequence, TurnOutput output) {
        ChatOptions options = reply.options();
        OutputGrammar grammar = options.output();
        // a reply that a grammar describes ends where the grammar says
        List<String> stops = grammar == null ? options.stop() : List.of();
        ReplyWriter writer = new ReplyWriter(language.tokenizer(), reply, stops, output);
        TokenJob.Task task = new TokenJob.Task(
                reply.prompt(), options, language.stopTokens(), contextSize(), constraint(grammar, reply));
        return new ReplyJob(task, sequence, writer, output, tally);
    }

    /** @throws TemplateException if tools are to be called and the model cannot */
    void requireCalls(Calling calling) {
        language.requireCalls(calling);
        if (calling.isOn()) {
            var _ = outputGrammars.over(calling.grammar());
        }
    }

    /** What a reply is held to, or null if it is free; refuses replies for which there is no room. */
    private @Nullable TokenConstraint constraint(@Nullable OutputGrammar output, ReplyTask reply) {
        Calling calling = reply.calling();
        boolean thinking = reply.markup().endsInThinking(reply.prompt());
        if (output == null) {
            return calling.isOn() ? toolConstraint(calling, null, thinking) : null;
        }
        TokenGrammar grammar = outputGrammars.over(output);
        int before = thinking ? ThinkingFirst.tokensBefore(language) : 0;
        int shortest = calling.isOn() && calling.choice().forcesCall()
                ? ToolConstraint.shortestCall(outputGrammars.over(calling.grammar()))
                : grammar.shortest();
        requireRoom(before + shortest, reply.prompt().length, reply.options().maxTokens());
        TokenConstraint answer = grammar.newConstraint(language.stopTokens());
        if (calling.isOn()) {
            answer = toolConstraint(calling, answer, false);
        }
        return thinking ? new ThinkingFirst(language, answer, shortest) : answer;
    }

    private TokenConstraint toolConstraint(Calling calling, @Nullable TokenConstraint answer, boolean thinking) {
        return new ToolConstraint(language, calling.choice(), outputGrammars.over(calling.grammar()), answer, thinking);
    }

    private void requireRoom(int shortest, int promptLength, int maxTokens) {
        if (shortest > maxTokens) {
            throw new StructuredOutputException(
                    "the shortest reply of the type asked for takes " + shortest + " tokens, maxTokens is " + maxTokens,
                    "");
        }
        // the last token needs no place in the context
        if (promptLength + shortest - 1 > contextSize()) {
            throw new ContextOverflowException(promptLength + shortest - 1, contextSize());
        }
    }

    /** The grammars of structured replies over this model's tokens. */
    OutputGrammars outputGrammars() {
        return outputGrammars;
    }

    /** A prompt up to its last end-of-turn token, exclusive: the part that stays when the last message grows. */
    int[] withoutEndOfTurn(int[] prompt) {
        for (int i = prompt.length - 1; i >= 0; i--) {
            if (language.stopTokens().contains(prompt[i])) {
                return Arrays.copyOf(prompt, i);
            }
        }
        return prompt;
    }

    /**
     * Ends all turns with {@link ModelClosedException}, and frees the threads and the weights. Sessions may be closed
     * before or after. Idempotent.
     */
    @Override
    public void close() {
        raw.close();
    }
}
