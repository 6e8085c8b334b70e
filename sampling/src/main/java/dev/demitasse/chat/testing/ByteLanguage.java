package dev.demitasse.chat.testing;

import dev.demitasse.chat.ChatTemplate;
import dev.demitasse.chat.ModelLanguage;
import dev.demitasse.tokenizer.Tokenizer;
import dev.demitasse.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A language with a token for each byte and the markup of the Qwen family: small enough to be made in no time. */
final class ByteLanguage {
    private static final int BYTES = 256;
    private static final int NORMAL = 1;
    private static final int SPECIAL = 3;
    private static final int ADDED = 4;

    private ByteLanguage() {}

    static ModelLanguage of(ChatTemplate template) {
        List<String> tokens = new ArrayList<>();
        int standIn = BYTES;
        for (int value = 0; value < BYTES; value++) {
            // GPT-2's alphabet: printable bytes stand for themselves, the others take the characters from 256 on
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xa1 && value <= 0xac) || value >= 0xae;
            tokens.add(Character.toString(printable ? value : standIn++));
        }
        tokens.addAll(List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"));
        int special = tokens.size();
        tokens.addAll(List.of("<tool_call>", "</tool_call>", "<think>", "</think>"));
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 0, BYTES, NORMAL);
        Arrays.fill(types, BYTES, special, SPECIAL);
        Arrays.fill(types, special, types.length, ADDED);
        return ModelLanguage.of(Tokenizer.qwen2(Vocabulary.fromGguf(tokens, types, List.of())), template);
    }
}
