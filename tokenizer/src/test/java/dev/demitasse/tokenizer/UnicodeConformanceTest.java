package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The character classes and the normalisation, for every code point, against the tables of the conformance pack. */
class UnicodeConformanceTest {
    private static ConformancePack pack;
    private static ConformanceReport report;

    @BeforeAll
    static void open() {
        pack = new ConformancePack();
        report = new ConformanceReport("tokenizer-unicode");
    }

    @AfterAll
    static void writeReport() {
        if (report != null) {
            report.close();
        }
    }

    @Test
    void everyCodePointHasTheClassThatTheReferenceGivesIt() {
        for (Path file : pack.files("unicode_classes.json")) {
            JsonNode table = ConformancePack.json(file);
            byte[] expected = new byte[Character.MAX_CODE_POINT + 1];
            fill(expected, table.get("L"), CharacterClasses.LETTER);
            fill(expected, table.get("N"), CharacterClasses.NUMBER);
            fill(expected, table.get("S"), CharacterClasses.SPACE);
            expected['\n'] = CharacterClasses.NEWLINE;
            expected['\r'] = CharacterClasses.NEWLINE;
            report.started(pack.name(file));
            byte[] found = new byte[expected.length];
            for (int codePoint = 0; codePoint < found.length; codePoint++) {
                found[codePoint] = CharacterClasses.of(codePoint);
            }
            assertThat(Arrays.mismatch(found, expected)).isEqualTo(-1);
            report.passed(pack.name(file));
        }
    }

    private static void fill(byte[] classes, JsonNode ranges, byte characterClass) {
        for (JsonNode range : ranges) {
            Arrays.fill(classes, range.get(0).asInt(), range.get(1).asInt() + 1, characterClass);
        }
    }

    @Test
    void everyCodePointThatTheReferenceNormalisesAloneIsNormalisedTheSame() {
        for (Path file : pack.files("nfc_single.json")) {
            JsonNode map = ConformancePack.json(file).get("map");
            BitSet lag = lag(file.resolveSibling("nfc_lag.json"));
            report.started(pack.name(file));
            for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
                if (Character.getType(codePoint) == Character.SURROGATE || lag.get(codePoint)) {
                    continue;
                }
                JsonNode changed = map.get(Integer.toString(codePoint));
                String text = Character.toString(codePoint);
                assertThat(Nfc.normalize(text))
                        .as("U+%04X", codePoint)
                        .isEqualTo(changed == null ? text : text(ConformancePack.ids(changed)));
            }
            report.passed(pack.name(file));
        }
    }

    @Test
    void whereTheReferenceLagsBehindItIsTheReferenceThatIsOlder() {
        for (Path file : pack.files("nfc_lag.json")) {
            report.started(pack.name(file));
            List<String> wrong = new ArrayList<>();
            for (JsonNode composition : ConformancePack.json(file).get("compositions")) {
                int[] codePoints = ConformancePack.ids(composition);
                String parts = text(Arrays.copyOfRange(codePoints, 1, codePoints.length));
                if (!Nfc.normalize(parts).equals(Character.toString(codePoints[0]))) {
                    wrong.add(Arrays.toString(codePoints));
                }
            }
            assertThat(wrong).isEmpty();
            report.passed(pack.name(file));
        }
    }

    private static BitSet lag(Path file) {
        BitSet lag = new BitSet();
        JsonNode table = ConformancePack.json(file);
        table.get("marks").forEach(mark -> lag.set(mark.asInt()));
        table.get("compositions").forEach(parts -> parts.forEach(part -> lag.set(part.asInt())));
        return lag;
    }

    private static String text(int[] codePoints) {
        return new String(codePoints, 0, codePoints.length);
    }
}
