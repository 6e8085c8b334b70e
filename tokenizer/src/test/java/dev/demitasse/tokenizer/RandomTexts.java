package dev.demitasse.tokenizer;

import java.util.List;
import java.util.Random;

/** Random texts that are hard on a tokenizer: scripts, marks, kinds of white space and broken surrogates side by side. */
final class RandomTexts {
    private static final List<String> PARTS = List.of(
            " ",
            " ",
            " ",
            "  ",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "\u000B",
            "\f",
            "\u0085",
            "\u00A0",
            "\u1680",
            "\u2003",
            "\u2028",
            "\u2029",
            "\u202F",
            "\u205F",
            "\u3000",
            "\u200B",
            "\u001C",
            "\uFEFF",
            "'",
            "'",
            "'s",
            "'S",
            "'\u017F",
            "'t",
            "'re",
            "'Re",
            "'RE",
            "'ve",
            "'vE",
            "'m",
            "'ll",
            "'lL",
            "'d",
            "'l",
            "'r",
            "’s",
            "a",
            "Z",
            "word",
            "Straße",
            "ﬁ",
            "ǅ",
            "ʰ",
            "e\u0301",
            "é",
            "\u0301",
            "\u0300",
            "\u0323",
            "\u20DD",
            "0",
            "7",
            "42",
            "٣",
            "Ⅷ",
            "½",
            "²",
            "𝟘",
            "!",
            "?!",
            "...",
            "-",
            "_",
            "#",
            "$",
            "€",
            "`",
            "^",
            "中",
            "文",
            "你好",
            "世界",
            "東",
            "々",
            "〇",
            "，",
            "。",
            "「",
            "ひ",
            "が",
            "か\u3099",
            "カ",
            "ﾊﾟ",
            "한",
            "글",
            "\u1112\u1161\u11AB",
            "각",
            "Ω",
            "\u2126",
            "\u212B",
            "Я",
            "й",
            "и\u0306",
            "א",
            "שׁ",
            "ع",
            "لا",
            "\u0651",
            "क",
            "क\u093C",
            "\u0958",
            "\u093F",
            "ก",
            "ำ",
            "😀",
            "👍🏽",
            "👩‍👩‍👧",
            "🇨🇳",
            "\uFE0F",
            "𐐀",
            "𠀀",
            "\uD834\uDD5E",
            "\u0000",
            "\u0007",
            "\uFFFD",
            "\uFFFF",
            "\uE000",
            "<|im_end|>",
            "<|im_start|>",
            "<tool_call>",
            "<|",
            "|>",
            "<");

    private static final List<String> HALF_PAIRS = List.of("\uD800", "\uDBFF", "\uDC00", "\uDFFF");

    private RandomTexts() {}

    /** Returns a text of up to {@code parts} parts that is valid UTF-16. */
    static String valid(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(parts + 1); i > 0; i--) {
            text.append(PARTS.get(random.nextInt(PARTS.size())));
            if (random.nextInt(8) == 0) {
                int codePoint = random.nextInt(Character.MAX_CODE_POINT + 1);
                boolean surrogate = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
                text.appendCodePoint(surrogate ? 'x' : codePoint);
            }
        }
        return text.toString();
    }

    /** The same with halves of surrogate pairs here and there. */
    static String any(Random random, int parts) {
        StringBuilder text = new StringBuilder(valid(random, parts));
        while (random.nextBoolean()) {
            text.insert(random.nextInt(text.length() + 1), HALF_PAIRS.get(random.nextInt(HALF_PAIRS.size())));
        }
        return text.toString();
    }
}
