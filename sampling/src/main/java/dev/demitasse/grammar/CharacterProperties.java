package dev.demitasse.grammar;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sets of characters that regular expressions have names for. */
final class CharacterProperties {
    static final CharSet DIGIT = CharSet.range('0', '9');
    static final CharSet WORD =
            DIGIT.or(CharSet.range('a', 'z')).or(CharSet.range('A', 'Z')).or(CharSet.of("_"));
    /** What Java and ECMAScript both take for white space. */
    static final CharSet SPACE = CharSet.of(" \t\n\r\f\u000B");

    /** General categories by their two letters, as {@link Character#getType} numbers them. */
    private static final Map<String, Integer> CATEGORIES = Map.ofEntries(
            Map.entry("Lu", (int) Character.UPPERCASE_LETTER),
            Map.entry("Ll", (int) Character.LOWERCASE_LETTER),
            Map.entry("Lt", (int) Character.TITLECASE_LETTER),
            Map.entry("Lm", (int) Character.MODIFIER_LETTER),
            Map.entry("Lo", (int) Character.OTHER_LETTER),
            Map.entry("Mn", (int) Character.NON_SPACING_MARK),
            Map.entry("Mc", (int) Character.COMBINING_SPACING_MARK),
            Map.entry("Me", (int) Character.ENCLOSING_MARK),
            Map.entry("Nd", (int) Character.DECIMAL_DIGIT_NUMBER),
            Map.entry("Nl", (int) Character.LETTER_NUMBER),
            Map.entry("No", (int) Character.OTHER_NUMBER),
            Map.entry("Pc", (int) Character.CONNECTOR_PUNCTUATION),
            Map.entry("Pd", (int) Character.DASH_PUNCTUATION),
            Map.entry("Ps", (int) Character.START_PUNCTUATION),
            Map.entry("Pe", (int) Character.END_PUNCTUATION),
            Map.entry("Pi", (int) Character.INITIAL_QUOTE_PUNCTUATION),
            Map.entry("Pf", (int) Character.FINAL_QUOTE_PUNCTUATION),
            Map.entry("Po", (int) Character.OTHER_PUNCTUATION),
            Map.entry("Sm", (int) Character.MATH_SYMBOL),
            Map.entry("Sc", (int) Character.CURRENCY_SYMBOL),
            Map.entry("Sk", (int) Character.MODIFIER_SYMBOL),
            Map.entry("So", (int) Character.OTHER_SYMBOL),
            Map.entry("Zs", (int) Character.SPACE_SEPARATOR),
            Map.entry("Zl", (int) Character.LINE_SEPARATOR),
            Map.entry("Zp", (int) Character.PARAGRAPH_SEPARATOR));

    private CharacterProperties() {}

    /** A general category ({@code L}, {@code Lu}) or a script ({@code IsHan}, {@code Script=Han}, {@code sc=Han}). */
    static @Nullable CharSet named(String name) {
        Set<Integer> types = new HashSet<>();
        CATEGORIES.forEach((category, type) -> {
            if (category.equals(name) || (name.length() == 1 && category.startsWith(name))) {
                types.add(type);
            }
        });
        if (!types.isEmpty()) {
            return CharSet.matching(c -> types.contains(Character.getType(c)));
        }
        String script = name.replaceFirst("^(Is|Script=|sc=)", "");
        if (script.equals(name)) {
            return null;
        }
        try {
            Character.UnicodeScript wanted = Character.UnicodeScript.forName(script.toUpperCase(Locale.ROOT));
            return CharSet.matching(c -> Character.UnicodeScript.of(c) == wanted);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
