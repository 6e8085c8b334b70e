package dev.demitasse.benchmarks;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LogLevel;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.LogFormat;
import java.nio.file.Path;
import java.util.Random;

/**
 * llama.cpp through its JNI binding, which takes text only: a prompt is made of as many words of one token each as it
 * shall have tokens, and reading it includes one sampled token.
 */
final class LlamaCppJni implements Engine {
    private final Random random = new Random(7);
    private final LlamaModel model;
    private final Settings settings;
    private final int vocabularySize;

    LlamaCppJni(Path file, Settings settings) {
        this.settings = settings;
        LlamaModel.setLogger(LogFormat.TEXT, LlamaCppJni::ignore);
        model = new LlamaModel(new ModelParameters()
                .setModel(file.toString())
                .setCtxSize(settings.context())
                .setThreads(settings.threads())
                .setThreadsBatch(settings.threads())
                .setGpuLayers(0));
        vocabularySize = ModelShape.QWEN25_05B.vocabulary();
    }

    private static void ignore(LogLevel level, String message) {}

    @Override
    public String description() {
        return "llama.cpp by JNI (de.kherud:llama 4.2.0), " + settings.threads() + " threads, F16 KV";
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public void read(int[] tokens) {
        complete(tokens.length, 1);
    }

    @Override
    public void decode(int count) {
        complete(1, count);
    }

    @Override
    public String answer(int[] prompt, int count) {
        return complete(prompt.length, count);
    }

    private String complete(int promptTokens, int count) {
        return model.complete(new InferenceParameters(words(promptTokens))
                .setCachePrompt(false)
                .setIgnoreEos(true)
                .setNPredict(count)
                .setTemperature(0.7f)
                .setTopK(20)
                .setTopP(0.8f)
                .setSeed(1));
    }

    /** A word that begins with a space is split from the one before, so that it stays a token of its own. */
    private String words(int count) {
        StringBuilder text = new StringBuilder();
        int found = 0;
        while (found < count) {
            String word = model.decode(new int[] {random.nextInt(vocabularySize)});
            if (word.matches(" [a-z]{2,}") && model.encode(word).length == 1) {
                text.append(word);
                found++;
            }
        }
        return text.toString();
    }

    /** Nothing is kept between completions: they begin with an empty cache. */
    @Override
    public void truncate(int length) {
        if (length != 0) {
            throw new UnsupportedOperationException("the JNI binding cannot be measured at depth");
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
