package dev.demitasse.benchmarks;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes {@code small.vectors.txt} of the tokenizer's tests: what the reference makes of some texts with
 * {@code small.tokenizer.json}. Each line is a text, with characters outside of ASCII and line ends as Java escapes, a
 * tab, and the ids. Arguments: the tokenizer.json and the file to write.
 */
final class ReferenceVectors {
    private static final List<String> TEXTS = List.of(
            "Hello, world!",
            "I can't believe it's not butter; they'll've SAID so, WOULDN'T they? It'\u017F odd.",
            "\u4F60\u597D\uFF0C\u4E16\u754C\uFF01\u6211\u4EEC\u6B63\u5728\u8BA4\u771F\u8003\u8651\u8FD9\u4E2A\u9879\u76EE\u7684\u9884\u7B97\u3002",
            "\u4EBA\u5DE5\u667A\u80FD\u7814\u7A76\u4E2D\u5FC3 spent three weeks debugging the tokenizer\u3002\n\n",
            "caf\u00E9 cafe\u0301 \u212B \u1112\u1161\u11AB \u0958",
            "x  = 42;\r\n\tif (y) {\n\n    return  3.14e-10;  \n}   ",
            "\uD83D\uDC4D\uD83C\uDFFD \uD83D\uDC69\u200D\uD83D\uDCBB \uD840\uDC00 \u00A0\u2003\u3000 \u0085 end",
            "<|im_start|>user\nWhat?<|im_end|>\n<tool_call>{\"a\": 1}</tool_call><|im_end",
            "",
            " ",
            "\u0645\u0631\u062D\u0628\u0627 \u0440\u0443\u0441\u0441\u043A\u0438\u0439"
                    + " \u65E5\u672C\u8A9E\u306E\u30C6\u30AD\u30B9\u30C8 \uD55C\uAD6D\uC5B4 \u0E44\u0E17\u0E22");

    private ReferenceVectors() {}

    /** Writes the vectors. */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> asItIs = Map.of("truncation", "false", "padding", "false");
        List<String> lines = new ArrayList<>();
        List<String> texts = new ArrayList<>(TEXTS);
        for (int seed = 0; seed < 20; seed++) {
            texts.add(MixedText.of(seed, 150));
        }
        try (HuggingFaceTokenizer reference = HuggingFaceTokenizer.newInstance(Path.of(arguments[0]), asItIs)) {
            for (String text : texts) {
                long[] ids = text.isEmpty()
                        ? new long[0]
                        : reference.encode(text, false, false).getIds();
                lines.add(escape(text) + "\t" + Arrays.toString(ids));
            }
        }
        Files.write(Path.of(arguments[1]), lines);
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            boolean plain = character >= ' ' && character <= '~' && character != '\\';
            escaped.append(plain ? String.valueOf(character) : String.format("\\u%04x", (int) character));
        }
        return escaped.toString();
    }
}
