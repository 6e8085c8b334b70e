package dev.demitasse.chat;

import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a reply has to be, and the Java value it becomes. While the model writes, every token that would lead away from
 * the type is excluded, and the value is closed before the tokens run out: the reply cannot be malformed.
 *
 * {@snippet :
 * enum Mood { HAPPY, NEUTRAL, ANGRY }
 * record Ticket(String title, Mood mood, int urgency, List<String> products) {}
 * Ticket ticket = chat.ask("Classify: my second kettle is broken again!", Ticket.class);
 * }
 *
 * <p>Java types: records, enums, sealed interfaces of records, {@code List}, {@code Set}, arrays, {@code Map} with
 * {@code String} or enum keys, {@code Optional} and components annotated {@code Nullable} (which may be missing),
 * {@code String}, {@code boolean}, numbers, {@code LocalDate}, {@code LocalDateTime}, {@code Instant},
 * {@code OffsetDateTime}, {@code UUID}, and {@code Object} for any JSON; nested in each other and in themselves.
 * {@link Description} tells the model what they mean.
 *
 * <p>Immutable, thread-safe. Making one takes up to some milliseconds: keep it where it is used often.
 *
 * @param <T> the Java type
 */
public final class OutputType<T> {
    private final OutputGrammar grammar;
    private final String instructions;
    private final Function<String, T> parser;

    private OutputType(OutputGrammar grammar, String instructions, Function<String, T> parser) {
        this.grammar = grammar;
        this.instructions = instructions;
        this.parser = parser;
    }

    /**
     * A reply that is a value of a Java type, written as JSON.
     *
     * @throws OutputTypeException if the type, or one inside of it, is none of those listed above
     */
    public static <T> OutputType<T> of(Class<T> type) {
        JavaType javaType = new JavaTypes().of(type);
        return ofJava(javaType, json -> boxed(type).cast(json));
    }

    /**
     * A reply that is a list of values of a Java type, written as a JSON array.
     *
     * @throws OutputTypeException if the type, or one inside of it, is none of those listed above
     */
    public static <T> OutputType<List<T>> listOf(Class<T> type) {
        JavaTypes types = new JavaTypes();
        JavaType list = types.listOf(types.of(type));
        return ofJava(
                list, json -> ((List<?>) json).stream().map(boxed(type)::cast).toList());
    }

    private static <T> OutputType<T> ofJava(JavaType type, Function<Object, T> cast) {
        String schema = SchemaDefinitions.schemaOf(type);
        return new OutputType<>(
                OutputGrammar.jsonSchema(schema),
                "Answer with JSON that is valid against this JSON Schema, and nothing else:\n" + schema,
                text -> cast.apply(required(type.parse(text), text)));
    }

    private static Object required(@Nullable Object value, String text) {
        if (value == null) {
            throw new StructuredOutputException("the reply is null", text);
        }
        return value;
    }

    /** A reply that is one of some texts; they must not be empty. */
    public static OutputType<String> choice(String... texts) {
        return choice(List.of(texts));
    }

    /** A reply that is one of some texts; they must not be empty. */
    public static OutputType<String> choice(List<String> texts) {
        if (texts.isEmpty() || texts.contains("")) {
            throw new IllegalArgumentException("expected texts to choose from that are not empty, found " + texts);
        }
        return new OutputType<>(
                OutputGrammar.choice(texts),
                "Answer with one of these, and nothing else: " + String.join(", ", texts),
                text -> oneOf(texts, text));
    }

    private static String oneOf(List<String> texts, String text) {
        if (!texts.contains(text)) {
            throw new StructuredOutputException("the reply is none of " + texts, text);
        }
        return text;
    }

    /**
     * A reply that a regular expression matches as a whole: characters, classes, groups, alternatives and quantifiers, in
     * the syntax that Java and ECMAScript share.
     *
     * @throws OutputTypeException if the pattern is malformed or uses something else, such as look-around
     */
    public static OutputType<String> regex(String pattern) {
        return new OutputType<>(
                OutputGrammar.regex(pattern),
                "Answer with text that matches this regular expression, and nothing else: " + pattern,
                text -> text);
    }

    /**
     * A reply that is JSON, valid against a JSON Schema; the value is the JSON text. See
     * {@link ChatOptions.Builder#jsonSchema} for what is supported.
     *
     * @throws OutputTypeException if the schema is malformed or has a keyword that is not supported
     */
    public static OutputType<String> jsonSchema(String schema) {
        return new OutputType<>(
                OutputGrammar.jsonSchema(schema),
                "Answer with JSON that is valid against this JSON Schema, and nothing else:\n" + schema,
                text -> text);
    }

    /**
     * A reply that a grammar describes, in the GBNF notation of llama.cpp. The model is not told.
     *
     * @throws OutputTypeException if the grammar is malformed or uses something that is not supported
     */
    public static OutputType<String> grammar(String gbnf) {
        return new OutputType<>(OutputGrammar.gbnf(gbnf), "", text -> text);
    }

    /**
     * What the model is told about the type: {@link ChatSession#ask(String, OutputType)} writes it below the question.
     * Empty for nothing.
     */
    public String instructions() {
        return instructions;
    }

    /** This type, with the model told something else about it, or with "" nothing. */
    public OutputType<T> withInstructions(String text) {
        return new OutputType<>(grammar, Objects.requireNonNull(text, "text"), parser);
    }

    /**
     * The value of a reply.
     *
     * @throws StructuredOutputException if the text is no value of the type, or a constructor of it refused the value
     */
    public T parse(String text) {
        return parser.apply(text);
    }

    OutputGrammar grammar() {
        return grammar;
    }

    /** A question, with the instructions below it. */
    String asked(String user) {
        return instructions.isEmpty() ? user : user + "\n\n" + instructions;
    }

    @SuppressWarnings("unchecked") // the box of a primitive type stands for it
    private static <T> Class<T> boxed(Class<T> type) {
        return type.isPrimitive()
                ? (Class<T>) MethodType.methodType(type).wrap().returnType()
                : type;
    }
}
