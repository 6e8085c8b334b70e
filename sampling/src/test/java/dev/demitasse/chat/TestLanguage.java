package dev.demitasse.chat;

import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import dev.demitasse.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A small vocabulary (256 bytes, a few merges, ChatML's special tokens) and plain ChatML. */
final class TestLanguage {
    static final int END_OF_TEXT = 260;
    static final int IM_START = 261;
    static final int IM_END = 262;
    static final int TOOL_CALL = 263;
    static final int END_TOOL_CALL = 264;
    static final int THINK = 265;
    static final int END_THINK = 266;
    static final int SIZE = 267;

    static final List<String> MERGES = List.of("h e", "l l", "he ll", "l o");

    static final Tokenizer TOKENIZER = tokenizer();

    static final ChatTemplate CHATML = new ChatTemplate() {
        @Override
        public String name() {
            return "test ChatML";
        }

        @Override
        public Rendering render(TemplateInput input) {
            Rendering.Builder text = new Rendering.Builder();
            for (Message message : input.messages()) {
                text.template("<|im_start|>" + message.role() + "\n")
                        .caller(String.valueOf(message.content()))
                        .template("<|im_end|>\n");
            }
            if (input.generationPrompt()) {
                text.template("<|im_start|>assistant\n");
            }
            return text.build();
        }
    };

    static final ModelLanguage LANGUAGE =
            new ModelLanguage(TOKENIZER, CHATML, ChatOptions.INHERIT, Set.of(IM_END, END_OF_TEXT));

    private TestLanguage() {}

    private static Tokenizer tokenizer() {
        return Tokenizer.qwen2(Vocabulary.fromGguf(tokens(), tokenTypes(), MERGES));
    }

    static List<String> tokens() {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add(Character.toString(alphabet(value)));
        }
        // Ids 256 to 259.
        tokens.addAll(List.of("he", "ll", "hell", "lo"));
        tokens.addAll(List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"));
        tokens.addAll(List.of("<tool_call>", "</tool_call>", "<think>", "</think>"));
        return tokens;
    }

    /** As GGUF numbers them: normal, then three special tokens, then added tokens that are not special. */
    static int[] tokenTypes() {
        int[] types = new int[SIZE];
        for (int id = 0; id < types.length; id++) {
            types[id] = id < END_OF_TEXT ? 1 : id <= IM_END ? 3 : 4;
        }
        return types;
    }

    /** GPT-2's byte alphabet: printable bytes stand for themselves, the others follow from 256 on. */
    private static int alphabet(int value) {
        int free = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
            if (b == value) {
                return printable ? b : free;
            }
            free += printable ? 0 : 1;
        }
        throw new IllegalArgumentException("not a byte: " + value);
    }

    /** One token a byte: every Chinese character takes three. */
    static int[] bytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int[] tokens = new int[utf8.length];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = utf8[i] & 0xff;
        }
        return tokens;
    }

    static int[] encode(String text) {
        return TOKENIZER.encode(text, SpecialTokens.ALL);
    }
}
