package dev.demitasse.grammar;

import java.util.Map;
import java.util.TreeSet;

/** The formats of strings that are supported, as the patterns of what is written; a little narrower than the formats. */
final class StringFormats {
    private static final String DATE = "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\\d|2[0-8])"
            + "|\\d{4}-(0[13-9]|1[0-2])-(29|30)|\\d{4}-(0[13578]|1[02])-31";
    private static final String TIME = "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-](0\\d|1[0-7]):[0-5]\\d)";
    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

    private static final Map<String, String> PATTERNS = Map.of(
            "date",
            DATE,
            "time",
            TIME,
            "date-time",
            "(" + DATE + ")T" + TIME,
            "uuid",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "ipv4",
            BYTE + "(\\." + BYTE + "){3}");

    private StringFormats() {}

    static Expression of(SchemaNode node) {
        String pattern = PATTERNS.get(node.text("format"));
        if (pattern == null) {
            throw node.bad("format", "one of " + new TreeSet<>(PATTERNS.keySet()));
        }
        return Regex.whole(pattern);
    }
}
