package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Java types as JSON Schemas, and JSON as values of Java types. */
class OutputTypeTest {
    @Description("How somebody feels")
    enum Mood {
        HAPPY,
        @Description("shouts")
        ANGRY
    }

    record Address(String street, @Nullable String country) {}

    @Description("A person")
    record Person(
            @Description("family name first") String name,
            int age,
            Mood mood,
            Optional<Address> home,
            OptionalInt height,
            List<Person> children) {}

    record Scalars(
            boolean flag,
            byte tiny,
            short small,
            Long large,
            BigInteger huge,
            float single,
            double twice,
            BigDecimal exact,
            LocalDate date,
            LocalDateTime local,
            Instant instant,
            OffsetDateTime offset,
            UUID id,
            Object any) {}

    record Containers(
            Set<String> set,
            int[] numbers,
            String[] texts,
            Map<String, Integer> counts,
            Map<Mood, String> moods,
            List<Optional<String>> gaps) {}

    sealed interface Shape permits Circle, Polygon {}

    record Circle(double radius) implements Shape {}

    sealed interface Polygon extends Shape permits Square, Group {}

    record Square(double side) implements Polygon {}

    record Group(List<Shape> members) implements Polygon {}

    sealed interface Tagged permits Note {}

    record Note(String type) implements Tagged {}

    record Page<T>(List<T> items, int total) {}

    record Pages(Page<String> names, Page<Mood> moods) {}

    record Positive(int value) {
        Positive {
            if (value <= 0) {
                throw new IllegalArgumentException("not positive: " + value);
            }
        }
    }

    @Test
    void aRecordIsAnObjectWithItsComponentsInOrder() {
        assertThat(OutputType.of(Person.class).instructions())
                .endsWith("{\"type\": \"object\", \"description\": \"A person\", \"properties\": {\"name\": {\"type\":"
                        + " \"string\", \"description\": \"family name first\"}, \"age\": {\"type\":"
                        + " \"integer\", \"format\": \"int32\"}, \"mood\": {\"enum\": [\"HAPPY\", \"ANGRY\"],"
                        + " \"description\": \"How somebody feels; ANGRY: shouts\"}, \"home\": {\"anyOf\":"
                        + " [{\"$ref\": \"#/$defs/Address\"}, {\"type\": \"null\"}]}, \"height\": {\"type\":"
                        + " [\"integer\", \"null\"], \"format\": \"int32\"}, \"children\": {\"type\": \"array\","
                        + " \"items\": {\"$ref\": \"#\"}}}, \"required\": [\"name\", \"age\", \"mood\","
                        + " \"children\"], \"$defs\": {\"Address\": {\"type\": \"object\", \"properties\":"
                        + " {\"street\": {\"type\": \"string\"}, \"country\": {\"type\": [\"string\","
                        + " \"null\"]}}, \"required\": [\"street\"]}}}");
    }

    @Test
    void nestedRecursiveAndMissingValuesAreRead() {
        Person child = new Person("b", 1, Mood.HAPPY, Optional.empty(), OptionalInt.empty(), List.of());
        Person person = new Person(
                "月", 40, Mood.ANGRY, Optional.of(new Address("x", null)), OptionalInt.of(180), List.of(child));
        assertThat(OutputType.of(Person.class)
                        .parse("{\"name\": \"月\", \"age\": 40, \"mood\": \"ANGRY\", \"home\": {\"street\": \"x\"},"
                                + " \"height\": 180, \"children\": [{\"name\": \"b\", \"age\": 1, \"mood\":"
                                + " \"HAPPY\", \"home\": null, \"children\": []}]}"))
                .isEqualTo(person);
    }

    @Test
    void everyScalarIsRead() {
        Scalars scalars = OutputType.of(Scalars.class)
                .parse("{\"flag\": true, \"tiny\": -128, \"small\": 32767, \"large\": 9007199254740993, \"huge\":"
                        + " 123456789012345, \"single\": 0.1, \"twice\": 1e99, \"exact\": 1.000000000000001,"
                        + " \"date\": \"2024-02-28\", \"local\": \"2024-02-28T10:11\", \"instant\":"
                        + " \"2024-02-28T10:11:12Z\", \"offset\": \"2024-02-28T10:11:12.5+08:00\", \"id\":"
                        + " \"00000000-0000-0001-0000-000000000002\", \"any\": [1, {\"a\": null}]}");
        assertThat(scalars.flag()).isTrue();
        assertThat(scalars.tiny()).isEqualTo(Byte.MIN_VALUE);
        assertThat(scalars.small()).isEqualTo(Short.MAX_VALUE);
        assertThat(scalars.large()).isEqualTo(9007199254740993L);
        assertThat(scalars.huge()).isEqualTo(123456789012345L);
        assertThat(scalars.single()).isEqualTo(0.1f);
        assertThat(scalars.twice()).isEqualTo(1e99);
        assertThat(scalars.exact()).isEqualTo("1.000000000000001");
        assertThat(scalars.date()).isEqualTo("2024-02-28");
        assertThat(scalars.local()).isEqualTo("2024-02-28T10:11");
        assertThat(scalars.instant()).isEqualTo("2024-02-28T10:11:12Z");
        assertThat(scalars.offset()).isEqualTo("2024-02-28T10:11:12.5+08:00");
        assertThat(scalars.id()).isEqualTo(new UUID(1, 2));
        assertThat(Objects.toString(scalars.any())).isEqualTo("[1, {a=null}]");
    }

    @Test
    void containersAreReadAndCannotBeChanged() {
        Containers containers = OutputType.of(Containers.class)
                .parse("{\"set\": [\"a\", \"a\"], \"numbers\": [1, 2], \"texts\": [\"x\"], \"counts\": {\"a\": 1,"
                        + " \"b\": 2}, \"moods\": {\"ANGRY\": \"!\"}, \"gaps\": [null, \"y\"]}");
        assertThat(containers.set()).containsExactly("a");
        assertThat(containers.numbers()).containsExactly(1, 2);
        assertThat(Arrays.asList(containers.texts())).containsExactly("x");
        assertThat(containers.counts()).containsExactly(Map.entry("a", 1), Map.entry("b", 2));
        assertThat(containers.moods()).containsExactly(Map.entry(Mood.ANGRY, "!"));
        assertThat(containers.gaps()).containsExactly(Optional.empty(), Optional.of("y"));
        assertThatThrownBy(() -> containers.set().add("b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> containers.counts().put("b", 1)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aSealedInterfaceIsOneOfItsRecordsToldApartByType() {
        assertThat(OutputType.of(Shape.class)
                        .parse("{\"type\": \"Group\", \"members\": [{\"type\": \"Circle\", \"radius\": 2}, {\"type\":"
                                + " \"Square\", \"side\": 1.5}]}"))
                .isEqualTo(new Group(List.of(new Circle(2), new Square(1.5))));
        assertThat(OutputType.of(Tagged.class).parse("{\"$type\": \"Note\", \"type\": \"own\"}"))
                .isEqualTo(new Note("own"));
        assertThatThrownBy(() -> OutputType.of(Shape.class).parse("{\"type\": \"Line\"}"))
                .isInstanceOf(StructuredOutputException.class)
                .hasMessageContaining("the reply.type: found Line; expected one of [Circle, Square, Group]");
    }

    @Test
    void typeParametersStandForWhatTheyAreGiven() {
        assertThat(OutputType.of(Pages.class)
                        .parse("{\"names\": {\"items\": [\"a\"], \"total\": 1}, \"moods\": {\"items\":"
                                + " [\"HAPPY\"], \"total\": 1}}"))
                .isEqualTo(new Pages(new Page<>(List.of("a"), 1), new Page<>(List.of(Mood.HAPPY), 1)));
    }

    @Test
    void listsPrimitivesChoicesAndPatterns() {
        assertThat(OutputType.listOf(Mood.class).parse("[\"HAPPY\", \"ANGRY\"]"))
                .containsExactly(Mood.HAPPY, Mood.ANGRY);
        assertThat(OutputType.of(int.class).parse("12")).isEqualTo(12);
        assertThat(OutputType.of(String.class).parse("\"a\"")).isEqualTo("a");
        assertThat(OutputType.choice("yes", "no").parse("no")).isEqualTo("no");
        assertThat(OutputType.regex("\\d+").parse("12")).isEqualTo("12");
        assertThat(OutputType.jsonSchema("{}").parse("[1]")).isEqualTo("[1]");
        assertThat(OutputType.choice("a", "b").instructions()).contains("a, b");
        assertThat(OutputType.choice("a").withInstructions("").instructions()).isEmpty();
    }

    @Test
    void whatIsNoValueOfTheTypeIsToldWithItsPlaceAndKeepsTheRawText() {
        List<List<String>> cases = List.of(
                List.of("{\"name\": 1}", "the reply.name: found a number; expected a string"),
                List.of("{\"name\": \"a\"}", "the reply: found no age; expected all of Person"),
                List.of(
                        "{\"name\": \"a\", \"age\": 1.5}",
                        "the reply.age: found a number; expected a number of the right kind"),
                List.of("{\"name\": \"a\", \"age\": 3000000000}", "the reply.age: found a number"),
                List.of(
                        "{\"name\": \"a\", \"age\": 1, \"mood\": \"SAD\"}",
                        "the reply.mood: found a string; expected one of [HAPPY, ANGRY]"),
                List.of("[]", "the reply: found an array; expected an object for Person"),
                List.of("null", "the reply: found null"),
                List.of("{", "the reply is not JSON"),
                List.of("", "found nothing"));
        OutputType<Person> type = OutputType.of(Person.class);
        for (List<String> each : cases) {
            assertThatThrownBy(() -> type.parse(each.getFirst()))
                    .isInstanceOfSatisfying(
                            StructuredOutputException.class,
                            thrown -> assertThat(thrown.rawText()).isEqualTo(each.getFirst()))
                    .hasMessageContaining(each.getLast());
        }
    }

    @Test
    void aConstructorThatRefusesTheValueIsTheCause() {
        assertThatThrownBy(() -> OutputType.of(Positive.class).parse("{\"value\": 0}"))
                .isInstanceOf(StructuredOutputException.class)
                .hasMessageContaining("not positive: 0")
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
    }

    record HasThread(Thread thread) {}

    record HasRawList(@SuppressWarnings("rawtypes") List list) {}

    record HasBadKeys(Map<Integer, String> map) {}

    record Endless(Endless next) {}

    enum Nothing {}

    @ParameterizedTest
    @ValueSource(
            classes = {
                Thread.class,
                HasThread.class,
                HasRawList.class,
                HasBadKeys.class,
                Endless.class,
                Nothing.class,
                char.class
            })
    void aTypeThatCannotBeWrittenIsRefused(Class<?> type) {
        assertThatThrownBy(() -> OutputType.of(type))
                .isInstanceOf(OutputTypeException.class)
                .hasMessageMatching(".*(not supported; expected|no finite text|has no constants).*");
    }

    @Test
    void schemasAndPatternsThatCannotBeKeptAreRefusedByName() {
        assertThatThrownBy(() -> OutputType.jsonSchema("{\"not\": {}}"))
                .isInstanceOf(OutputTypeException.class)
                .hasMessageContaining("keyword not");
        assertThatThrownBy(() -> OutputType.jsonSchema("{")).isInstanceOf(OutputTypeException.class);
        assertThatThrownBy(() -> OutputType.regex("(?=a)")).isInstanceOf(OutputTypeException.class);
        assertThatThrownBy(() -> OutputType.grammar("root ::= root")).isInstanceOf(OutputTypeException.class);
        assertThatThrownBy(() -> OutputType.choice("a", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ChatOptions.builder().jsonSchema("{\"multipleOf\": 2}"))
                .isInstanceOf(OutputTypeException.class)
                .hasMessageContaining("multipleOf");
    }
}
