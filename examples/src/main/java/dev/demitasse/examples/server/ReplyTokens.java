package dev.demitasse.examples.server;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.tokenizer.SpecialText;
import dev.demitasse.tokenizer.TextStream;
import dev.demitasse.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Tokens of replies as clients see them. */
final class ReplyTokens {
    private final LanguageModel model;
    private final Vocabulary vocabulary;

    ReplyTokens(LanguageModel model) {
        this.model = model;
        this.vocabulary = model.tokenizer().vocabulary();
    }

    /** Without the token that ended the model's turn, which is none of the text. */
    List<TokenLogprob> ofText(List<TokenLogprob> tokens) {
        Set<Integer> ends = model.language().stopTokens();
        return tokens.stream().filter(entry -> !ends.contains(entry.token())).toList();
    }

    String text(int token) {
        return isText(token) ? vocabulary.tokenText(token) : "";
    }

    int[] bytes(int token) {
        byte[] bytes = utf8(token);
        int[] unsigned = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            unsigned[i] = Byte.toUnsignedInt(bytes[i]);
        }
        return unsigned;
    }

    /** The text, or, of a part of a character, its bytes, as OpenAI's text completions write them. */
    String textOrBytes(int token) {
        byte[] bytes = utf8(token);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder("bytes:");
        for (int value : bytes(token)) {
            escaped.append(String.format("\\x%02x", value));
        }
        return escaped.toString();
    }

    /** Puts tokens together to the characters of a text. */
    TextStream textStream() {
        return model.tokenizer().textStream(SpecialText.SKIP);
    }

    /** Puts the tokens of a prompt together to the characters of its text, where special ones are shown. */
    TextStream promptStream() {
        return model.tokenizer().textStream(SpecialText.KEEP);
    }

    private byte[] utf8(int token) {
        return isText(token) ? vocabulary.tokenBytes(token) : new byte[0];
    }

    /** Embeddings may be padded: ids beyond the vocabulary are no text. */
    private boolean isText(int token) {
        return token < vocabulary.size();
    }
}
