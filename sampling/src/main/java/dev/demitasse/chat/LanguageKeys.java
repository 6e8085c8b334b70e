package dev.demitasse.chat;

import dev.demitasse.core.format.GgufOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a GGUF file that say how the model of a Hugging Face folder is spoken to, as llama.cpp's converter writes
 * them: name, tokenizer, chat template and recommended sampling.
 */
final class LanguageKeys {
    // Token types of GGUF, after llama.cpp's enum llama_token_attr.
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;

    private final Path folder;
    private final int vocabularySize;
    private final GgufOutput out;
    private final Map<String, @Nullable Object> config;
    private final Map<String, @Nullable Object> tokenizerConfig;
    private final @Nullable String[] tokens;
    private final int[] types;

    private LanguageKeys(Path folder, int vocabularySize, GgufOutput out) {
        this.folder = folder;
        this.vocabularySize = vocabularySize;
        this.out = out;
        this.config = object("config.json");
        this.tokenizerConfig = object("tokenizer_config.json");
        this.tokens = new @Nullable String[vocabularySize];
        this.types = new int[vocabularySize];
    }

    /**
     * Writes the keys of a folder whose model has {@code vocabularySize} rows of embeddings.
     *
     * @throws ModelLoadException if the folder has no tokenizer of the Qwen family, or one that is too large for the model
     */
    static void write(Path folder, int vocabularySize, GgufOutput out) {
        // Whatever is wrong with the tokenizer is told by who knows it.
        var _ = ModelLanguage.ofFolder(folder);
        new LanguageKeys(folder, vocabularySize, out).write();
    }

    private void write() {
        out.text("general.type", "model");
        out.text(
                "general.name",
                String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
        tokenizer();
        specialToken("bos");
        specialToken("eos");
        specialToken("pad", "padding");
        out.flag("tokenizer.ggml.add_bos_token", false);
        String template = KnownTemplates.findSource(folder);
        if (template != null) {
            out.text("tokenizer.chat_template", template);
        }
        sampling();
    }

    private Map<String, @Nullable Object> object(String name) {
        Path file = folder.resolve(name);
        return Files.exists(file) ? JsonFile.readObject(file) : Map.of();
    }

    private void tokenizer() {
        Path file = folder.resolve("tokenizer.json");
        Map<String, @Nullable Object> json = JsonFile.readObject(file);
        Map<?, ?> model = (Map<?, ?>) required(file, "model", json.get("model"));
        Map<?, ?> vocabulary = (Map<?, ?>) required(file, "model.vocab", model.get("vocab"));
        vocabulary.forEach((text, id) -> put(file, (String) text, (Integer) id, NORMAL));
        for (Object added : (List<?>) required(file, "added_tokens", json.get("added_tokens"))) {
            Map<?, ?> token = (Map<?, ?>) added;
            String text = (String) required(file, "added_tokens.content", token.get("content"));
            int id = (Integer) required(file, "added_tokens.id", token.get("id"));
            put(file, text, id, Boolean.TRUE.equals(token.get("special")) ? CONTROL : USER_DEFINED);
        }
        for (int id = 0; id < vocabularySize; id++) {
            if (tokens[id] == null) {
                tokens[id] = "[PAD" + id + "]";
                types[id] = UNUSED;
            }
        }
        out.text("tokenizer.ggml.model", "gpt2");
        out.text("tokenizer.ggml.pre", "qwen2");
        out.texts("tokenizer.ggml.tokens", Arrays.asList(tokens));
        out.integers("tokenizer.ggml.token_type", types);
        out.texts("tokenizer.ggml.merges", merges((List<?>) required(file, "model.merges", model.get("merges"))));
    }

    private static Object required(Path file, String key, @Nullable Object value) {
        if (value == null) {
            throw new CorruptModelException(
                    file + ": found no " + key + "; expected it in a tokenizer of byte-level BPE");
        }
        return value;
    }

    private void put(Path file, String text, int id, int type) {
        if (id >= vocabularySize) {
            throw new CorruptModelException(file + ": found token " + id + "; expected ids below " + vocabularySize
                    + ", the rows of the embedding. Tokenizer and weights are not of the same model");
        }
        tokens[id] = text;
        types[id] = type;
    }

    /** As texts with a space between; older files have them so, newer ones have pairs. */
    private static List<String> merges(List<?> merges) {
        List<String> texts = new ArrayList<>(merges.size());
        for (Object merge : merges) {
            texts.add(merge instanceof List<?> pair ? pair.get(0) + " " + pair.get(1) : String.valueOf(merge));
        }
        return texts;
    }

    private void specialToken(String name) {
        specialToken(name, name);
    }

    /** By the text in {@code tokenizer_config.json}, else by the id in {@code config.json}. */
    private void specialToken(String name, String ggufName) {
        Object named = tokenizerConfig.get(name + "_token");
        Object text = named instanceof Map<?, ?> token ? token.get("content") : named;
        int id = text == null ? -1 : Arrays.asList(tokens).indexOf(text);
        if (id < 0 && config.get(name + "_token_id") instanceof Integer configured) {
            id = configured;
        }
        if (id >= 0 && id < vocabularySize) {
            out.integer("tokenizer.ggml." + ggufName + "_token_id", id);
        }
    }

    private void sampling() {
        Map<String, @Nullable Object> generation = object("generation_config.json");
        if (Boolean.FALSE.equals(generation.get("do_sample"))) {
            // The keys have no word for it but this. Penalties count in it, here as in the folder.
            out.real("general.sampling.temp", 0);
            real(generation, "repetition_penalty", "penalty_repeat");
            return;
        }
        real(generation, "temperature", "temp");
        if (generation.get("top_k") instanceof Integer topK) {
            out.integer("general.sampling.top_k", topK);
        }
        real(generation, "top_p", "top_p");
        real(generation, "min_p", "min_p");
        real(generation, "repetition_penalty", "penalty_repeat");
    }

    private void real(Map<String, @Nullable Object> generation, String key, String ggufKey) {
        if (generation.get(key) instanceof Number value) {
            out.real("general.sampling." + ggufKey, value.doubleValue());
        }
    }
}
