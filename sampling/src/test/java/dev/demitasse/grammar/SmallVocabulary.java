package dev.demitasse.grammar;

import dev.demitasse.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * All bytes, and tokens that join what grammars keep apart: ends of strings with what follows, parts of characters with
 * whole ones, spaces, several digits. 4 added tokens at the end, the first three of them special.
 */
final class SmallVocabulary {
    private static final List<String> JOINED = List.of(
            "\",", "\":", "\"}", "\"]", "\",\"", "{\"", "[[", "]]", "}}", "[]", "{}", "]}", ", ", ": ", "  ", "12",
            "00", "ab", "abc", "bc", "true", "false", "null", "name", "\\\"", "\\u", "\\\\", ".5", "e1", "-1", "月",
            "é");
    /** Bytes of tokens that hold parts of characters, in hexadecimal. */
    private static final List<String> PARTS = List.of("e697", "97a5", "a5e6", "a522", "f09f", "c3a9e6", "22e6");

    static final Vocabulary VOCABULARY = build();
    static final int END = VOCABULARY.size() - 2;

    private SmallVocabulary() {}

    private static Vocabulary build() {
        List<byte[]> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add(new byte[] {(byte) value});
        }
        JOINED.forEach(text -> tokens.add(text.getBytes(StandardCharsets.UTF_8)));
        PARTS.forEach(hex -> tokens.add(HexFormat.of().parseHex(hex)));
        List<String> texts = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        for (byte[] token : tokens) {
            StringBuilder text = new StringBuilder();
            for (byte b : token) {
                text.append(alphabet(b & 0xff));
            }
            texts.add(text.toString());
            types.add(1);
        }
        for (String added : List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>")) {
            texts.add(added);
            types.add(added.startsWith("<|") ? 3 : 4);
        }
        return Vocabulary.fromGguf(
                texts, types.stream().mapToInt(Integer::intValue).toArray(), List.of());
    }

    /** GPT-2's byte alphabet: printable bytes stand for themselves, the others follow from 256 on. */
    private static char alphabet(int value) {
        int free = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
            if (b == value) {
                return (char) (printable ? b : free);
            }
            free += printable ? 0 : 1;
        }
        throw new IllegalArgumentException("not a byte: " + value);
    }
}
