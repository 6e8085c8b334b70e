package dev.demitasse.benchmarks;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.KernelChoice;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.ModelInfo;
import dev.demitasse.chat.RawReply;
import dev.demitasse.chat.RawSequence;
import dev.demitasse.tokenizer.TextStream;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;

/** This library with the defaults that a user gets, or with its scalar kernels. */
final class OwnEngine implements Engine {
    private final Random random = new Random(7);
    private final LanguageModel model;
    private final RawSequence sequence;

    OwnEngine(Path file, Settings settings, KernelChoice kernels) {
        model = LanguageModel.loader()
                .threads(settings.threads())
                .contextSize(settings.context())
                .kernels(kernels)
                .load(file);
        sequence = model.raw().newSequence();
    }

    @Override
    public String description() {
        ModelInfo info = model.info();
        return "demitasse, " + info.kernels() + " kernels, " + info.threads() + " threads, " + info.kvType() + " KV";
    }

    @Override
    public int vocabularySize() {
        return model.raw().vocabularySize();
    }

    @Override
    public void read(int[] tokens) {
        sequence.append(tokens);
    }

    /** Chooses each token greedily, which llama-bench does not: the sampler's time is in the figure. */
    @Override
    public void decode(int count) {
        int[] first = {random.nextInt(vocabularySize())};
        RawReply reply = sequence.generate(first, ChatOptions.of(o -> o.greedy().maxTokens(count)), Set.of());
        requireTokens(reply, count);
    }

    @Override
    public String answer(int[] prompt, int count) {
        ChatOptions options = ChatOptions.of(
                o -> o.temperature(0.7f).topK(20).topP(0.8f).seed(1).maxTokens(count));
        RawReply reply = sequence.generate(prompt, options, Set.of());
        requireTokens(reply, count);
        TextStream stream = model.tokenizer().textStream();
        StringBuilder text = new StringBuilder();
        for (int token : reply.tokens()) {
            text.append(stream.feed(token));
        }
        return text.append(stream.flush()).toString();
    }

    private static void requireTokens(RawReply reply, int count) {
        if (reply.tokens().length != count) {
            throw new IllegalStateException("expected " + count + " tokens, found " + reply);
        }
    }

    @Override
    public void truncate(int length) {
        sequence.truncate(length);
    }

    @Override
    public void close() {
        sequence.close();
        model.close();
    }
}
