package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PythonJsonTest {
    @Test
    void floatsAreWrittenAsPythonWritesThem() {
        Map<Double, String> expected = new LinkedHashMap<>();
        expected.put(0.0, "0.0");
        expected.put(-0.0, "-0.0");
        expected.put(1.0, "1.0");
        expected.put(100000.0, "100000.0");
        expected.put(0.1, "0.1");
        expected.put(-3.14, "-3.14");
        expected.put(0.0001, "0.0001");
        expected.put(0.00001, "1e-05");
        expected.put(1.5e-5, "1.5e-05");
        expected.put(1e-7, "1e-07");
        expected.put(1e15, "1000000000000000.0");
        expected.put(9.007199254740992e15, "9007199254740992.0");
        expected.put(1e16, "1e+16");
        expected.put(1.2345678901234568e17, "1.2345678901234568e+17");
        expected.put(1e22, "1e+22");
        expected.put(2e23, "2e+23");
        expected.put(1e100, "1e+100");
        expected.put(1.7976931348623157e308, "1.7976931348623157e+308");
        expected.put(Double.MIN_VALUE, "5e-324");
        expected.put(4 * Double.MIN_VALUE, "2e-323");
        expected.put(2.2250738585072014e-308, "2.2250738585072014e-308");
        expected.put(123456.789, "123456.789");
        expected.put(Double.NaN, "NaN");
        expected.put(Double.POSITIVE_INFINITY, "Infinity");
        expected.put(Double.NEGATIVE_INFINITY, "-Infinity");
        expected.forEach((value, text) -> assertThat(PythonJson.write(value)).isEqualTo(text));
    }

    @Test
    void floatsReadBackAsTheSameNumberInTheFewestDigits() {
        Random random = new Random(1);
        for (int i = 0; i < 50_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                String text = PythonJson.repr(value);
                assertThat(Double.parseDouble(text)).isEqualTo(value);
                BigDecimal shorter = new BigDecimal(text).stripTrailingZeros();
                assertThat(shorter.precision()).isLessThanOrEqualTo(17);
            }
        }
    }

    @Test
    void otherNumbersKeepTheirValue() {
        List<Number> numbers = List.of(
                7, -1L, (short) 3, new BigInteger("123456789012345678901234567890"), 0.1f, new BigDecimal("0.10"));
        assertThat(PythonJson.write(numbers)).isEqualTo("[7, -1, 3, 123456789012345678901234567890, 0.1, 0.1]");
    }

    @Test
    void textIsEscapedOnlyWhereJsonDemandsIt() {
        assertThat(PythonJson.write("\"\\/\n\r\t\f\b\u0001\u001f\u007f\u2028é咖😀<>&'"))
                .isEqualTo("\"\\\"\\\\/\\n\\r\\t\\f\\b\\u0001\\u001f\u007f\u2028é咖😀<>&'\"");
    }

    @Test
    void objectsKeepTheirOrder() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("b", List.of());
        object.put("a", Map.of());
        object.put("c", Arrays.asList(null, true, false));
        assertThat(PythonJson.write(object)).isEqualTo("{\"b\": [], \"a\": {}, \"c\": [null, true, false]}");
    }

    @Test
    void jsonTextReadAndWrittenAgainIsWhatPythonMakesOfIt() {
        String text =
                " {\"z\":[1,1.0,1E3,-0,-0.0,12345678901234567890,1e400],\"z\":{\"k\":\"\\u00e9\\ud83d\\ude00\"},\"a\":null}"
                    + " ";
        assertThat(PythonJson.write(JsonReader.read(text))).isEqualTo("{\"z\": {\"k\": \"é😀\"}, \"a\": null}");
        assertThat(PythonJson.write(JsonReader.read("[1,1.0,1E3,-0,-0.0,12345678901234567890,1e400]")))
                .isEqualTo("[1, 1.0, 1000.0, 0, -0.0, 12345678901234567890, Infinity]");
    }

    @Test
    void whatIsNotJsonIsRefused() {
        for (String text : List.of("", "{", "[1,]", "{\"a\"}", "nul", "1 2", "'a'", "[".repeat(100_000))) {
            assertThatThrownBy(() -> JsonReader.read(text)).isInstanceOf(TemplateException.class);
        }
        assertThatThrownBy(() -> JsonValues.copyOf(List.of(new Object())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object");
        assertThatThrownBy(() -> JsonValues.copyOf(Map.of(1, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("text as keys");
    }
}
