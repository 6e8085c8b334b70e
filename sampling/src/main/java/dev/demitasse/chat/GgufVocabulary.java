package dev.demitasse.chat;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.GgufMetadata;
import dev.demitasse.tokenizer.Tokenizer;
import dev.demitasse.tokenizer.Vocabulary;
import java.util.Set;
import java.util.TreeSet;

/** The tokenizer that a GGUF file carries in its metadata. */
final class GgufVocabulary {
    private static final String MODEL = "tokenizer.ggml.model";
    private static final String PRE = "tokenizer.ggml.pre";
    private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";

    /** Byte-level BPE. */
    private static final String BYTE_LEVEL_BPE = "gpt2";

    /** Names of pre-tokenizers that split as Qwen2's does (llama.cpp's {@code llama-vocab.cpp} has the list). */
    private static final Set<String> QWEN2_SPLITS = Set.of("qwen2", "deepseek-r1-qwen", "megrez");

    private final Gguf gguf;
    private final GgufMetadata metadata;

    private GgufVocabulary(Gguf gguf) {
        this.gguf = gguf;
        this.metadata = gguf.metadata();
    }

    /**
     * Builds the tokenizer.
     *
     * @throws FileFormatException if keys are missing, of the wrong type, or name a tokenizer that is not supported
     * @throws dev.demitasse.tokenizer.TokenizerFormatException if the lists do not make a vocabulary
     */
    static Tokenizer tokenizer(Gguf gguf) {
        return new GgufVocabulary(gguf).tokenizer();
    }

    /** Tokens that end a turn, as far as the metadata names them. */
    static Set<Integer> endTokens(Gguf gguf, int vocabularySize) {
        GgufVocabulary vocabulary = new GgufVocabulary(gguf);
        Set<Integer> ends = new TreeSet<>();
        vocabulary.addToken("tokenizer.ggml.eos_token_id", vocabularySize, ends);
        vocabulary.addToken("tokenizer.ggml.eot_token_id", vocabularySize, ends);
        return ends;
    }

    private void addToken(String key, int vocabularySize, Set<Integer> tokens) {
        if (!metadata.has(key)) {
            return;
        }
        long token = metadata.integer(key);
        if (token < 0 || token >= vocabularySize) {
            throw error(Kind.BAD_VALUE, key, Long.toString(token), "a token id from 0 to " + (vocabularySize - 1));
        }
        tokens.add((int) token);
    }

    private Tokenizer tokenizer() {
        String model = metadata.string(MODEL);
        if (!model.equals(BYTE_LEVEL_BPE)) {
            throw error(Kind.UNSUPPORTED_TOKENIZER, MODEL, quote(model), quote(BYTE_LEVEL_BPE));
        }
        String pre = metadata.string(PRE);
        if (!QWEN2_SPLITS.contains(pre)) {
            throw error(Kind.UNSUPPORTED_TOKENIZER, PRE, quote(pre), "one of " + new TreeSet<>(QWEN2_SPLITS));
        }
        if (metadata.bool(ADD_BOS, false)) {
            throw error(Kind.UNSUPPORTED_TOKENIZER, ADD_BOS, "true", "false: no token is put before a prompt");
        }
        return Tokenizer.qwen2(Vocabulary.fromGguf(
                metadata.strings("tokenizer.ggml.tokens"),
                metadata.integers("tokenizer.ggml.token_type"),
                metadata.strings("tokenizer.ggml.merges")));
    }

    private FileFormatException error(Kind kind, String key, String found, String expected) {
        return new FileFormatException(
                kind, gguf.path(), "key " + key, found, expected, "Use a model of the Qwen family.");
    }

    private static String quote(String text) {
        return '"' + text + '"';
    }
}
