package dev.demitasse.grammar;

import static dev.demitasse.grammar.Expression.any;
import static dev.demitasse.grammar.Expression.choice;
import static dev.demitasse.grammar.Expression.optional;
import static dev.demitasse.grammar.Expression.repeat;
import static dev.demitasse.grammar.Expression.sequence;
import static dev.demitasse.grammar.Expression.text;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a JSON Schema, draft 2020-12, into an expression: every text that it describes is valid, and of the valid ones it
 * describes those that are written as {@link JsonText} says, with properties in the order of the schema and no others than
 * it names, unless {@code additionalProperties} asks for them.
 */
public final class JsonSchema {
    private final SchemaReferences references;
    private final Map<String, Expression.Rule> rules = new HashMap<>();

    private JsonSchema(@Nullable Object root) {
        this.references = new SchemaReferences(root);
    }

    /**
     * The expression for a schema given as maps, lists, strings, numbers and booleans.
     *
     * @throws GrammarException if the schema is malformed or has a keyword that is not supported
     */
    public static Expression expression(@Nullable Object schema) {
        return new JsonSchema(schema).schema(schema, "#");
    }

    private Expression schema(@Nullable Object schema, String place) {
        if (schema instanceof Boolean allowed) {
            return allowed ? JsonText.VALUE : choice(List.of());
        }
        return node(SchemaNode.of(schema, place));
    }

    private Expression node(SchemaNode node) {
        if (node.has("$ref")) {
            SchemaNode siblings = node.without(Set.of("$ref"));
            return siblings.saysNothing() ? reference(node) : node(merged(references.target(node), siblings));
        }
        if (node.has("allOf")) {
            return node(allOf(node));
        }
        if (node.has("anyOf")) {
            return alternatives(node, "anyOf");
        }
        if (node.has("oneOf")) {
            new SchemaOverlap(references).requireDisjoint(node);
            return alternatives(node, "oneOf");
        }
        if (node.has("const") || node.has("enum")) {
            return constants(node);
        }
        return choice(node.types().stream().map(type -> ofType(type, node)).toList());
    }

    private Expression reference(SchemaNode node) {
        String pointer = node.text("$ref");
        Expression.Rule known = rules.get(pointer);
        if (known == null) {
            known = new Expression.Rule(pointer);
            rules.put(pointer, known);
            Object target = references.resolve(pointer, node);
            Expression.Rule _ = known.define(schema(target, pointer));
        }
        return known;
    }

    private SchemaNode allOf(SchemaNode node) {
        SchemaNode all = node.without(Set.of("allOf"));
        int index = 0;
        for (Object part : node.list("allOf")) {
            all = merged(all, references.follow(SchemaNode.of(part, node.place("allOf") + "/" + index++)));
        }
        return all;
    }

    private SchemaNode merged(SchemaNode one, SchemaNode other) {
        return SchemaMerge.of(references.follow(one), references.follow(other));
    }

    private Expression alternatives(SchemaNode node, String keyword) {
        SchemaNode rest = node.without(Set.of(keyword));
        List<Expression> alternatives = new ArrayList<>();
        for (Object alternative : node.list(keyword)) {
            String place = node.place(keyword) + "/" + alternatives.size();
            alternatives.add(
                    rest.saysNothing() || alternative instanceof Boolean
                            ? schema(alternative, place)
                            : node(merged(rest, SchemaNode.of(alternative, place))));
        }
        return choice(alternatives);
    }

    private static Expression constants(SchemaNode node) {
        SchemaNode rest = node.without(Set.of("const", "enum", "type"));
        if (!rest.saysNothing()) {
            throw new GrammarException("JSON Schema: at " + node.place() + " const or enum stands beside "
                    + rest.keywords().keySet() + "; expected type at most");
        }
        return choice(
                SchemaOverlap.constants(node).stream().map(JsonText::constant).toList());
    }

    private Expression ofType(String type, SchemaNode node) {
        return switch (type) {
            case "null" -> text("null");
            case "boolean" -> choice(text("true"), text("false"));
            case "integer" -> number(node, true);
            case "number" -> number(node, false);
            case "string" -> string(node);
            case "array" -> array(node);
            default -> object(node);
        };
    }

    private static Expression number(SchemaNode node, boolean whole) {
        boolean bounded = node.has("minimum")
                || node.has("maximum")
                || node.has("exclusiveMinimum")
                || node.has("exclusiveMaximum");
        NumberFormat format = NumberFormat.of(node);
        if (!bounded && format == null) {
            return whole ? JsonText.INTEGER : JsonText.NUMBER;
        }
        BigDecimal largest = format == null ? new BigDecimal(DecimalRange.LARGEST) : format.max();
        BigDecimal least = format == null ? largest.negate() : format.min();
        BigDecimal min = node.has("minimum") ? node.number("minimum") : least;
        BigDecimal max = node.has("maximum") ? node.number("maximum") : largest;
        min = format == null ? min : min.max(least);
        max = format == null ? max : max.min(largest);
        boolean minExcluded =
                node.has("exclusiveMinimum") && node.number("exclusiveMinimum").compareTo(min) >= 0;
        boolean maxExcluded =
                node.has("exclusiveMaximum") && node.number("exclusiveMaximum").compareTo(max) <= 0;
        min = minExcluded ? node.number("exclusiveMinimum") : min;
        max = maxExcluded ? node.number("exclusiveMaximum") : max;
        if (whole) {
            BigInteger from = min.setScale(0, RoundingMode.CEILING).toBigInteger();
            BigInteger to = max.setScale(0, RoundingMode.FLOOR).toBigInteger();
            return new DecimalRange(from, minExcluded && isWhole(min), to, maxExcluded && isWhole(max)).integers();
        }
        if (!isWhole(min) || !isWhole(max)) {
            throw new GrammarException("JSON Schema: at " + node.place() + " a number has bounds with a fraction, from "
                    + min + " to " + max + "; expected whole ones");
        }
        return new DecimalRange(min.toBigInteger(), minExcluded, max.toBigInteger(), maxExcluded).numbers();
    }

    private static boolean isWhole(BigDecimal number) {
        return number.stripTrailingZeros().scale() <= 0;
    }

    private static Expression string(SchemaNode node) {
        boolean limited = node.has("minLength") || node.has("maxLength");
        if (node.has("pattern") || node.has("format")) {
            if (limited || (node.has("pattern") && node.has("format"))) {
                throw new GrammarException("JSON Schema: at " + node.place() + " a string has a pattern or format and"
                        + " another limit; expected one of them: a pattern can count, as in ^[a-z]{1,8}$");
            }
            return JsonText.quoted(node.has("pattern") ? Regex.found(node.text("pattern")) : StringFormats.of(node));
        }
        if (!limited) {
            return JsonText.STRING;
        }
        int min = node.count("minLength", 0);
        int max = node.count("maxLength", Expression.UNBOUNDED);
        return min > max ? choice(List.of()) : sequence(text("\""), repeat(JsonText.CHARACTER, min, max), text("\""));
    }

    private Expression array(SchemaNode node) {
        List<?> prefix = node.has("prefixItems") ? node.list("prefixItems") : List.of();
        int min = node.count("minItems", 0);
        int max = node.count("maxItems", Expression.UNBOUNDED);
        if (!node.has("items") && !prefix.isEmpty() && min <= prefix.size()) {
            max = Math.min(max, prefix.size());
        }
        if (min > max) {
            return choice(List.of());
        }
        Expression element = new Expression.Rule(node.place("items"))
                .define(node.has("items") ? schema(node.get("items"), node.place("items")) : JsonText.VALUE);
        if (prefix.isEmpty()) {
            return JsonText.list(element, min, max);
        }
        int elementsMin = Math.max(0, min - prefix.size());
        int elementsMax = max == Expression.UNBOUNDED ? max : Math.max(0, max - prefix.size());
        Expression rest = repeat(sequence(JsonText.COMMA, element), elementsMin, elementsMax);
        for (int i = Math.min(prefix.size(), max) - 1; i >= 0; i--) {
            Expression item = sequence(
                    i == 0 ? Expression.NOTHING : JsonText.COMMA,
                    schema(prefix.get(i), node.place("prefixItems") + "/" + i),
                    i + 1 == max ? Expression.NOTHING : rest);
            rest = i < min ? item : optional(item);
        }
        return sequence(text("["), rest, text("]"));
    }

    private Expression object(SchemaNode node) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>(node.properties());
        Object additional = node.has("additionalProperties") ? node.get("additionalProperties") : true;
        String additionalPlace = node.place("additionalProperties");
        List<String> required = node.required();
        required.forEach(name -> properties.putIfAbsent(name, additional));
        boolean open = node.has("additionalProperties") || properties.isEmpty();
        Expression value = new Expression.Rule(additionalPlace).define(schema(additional, additionalPlace));
        requireCountsFit(node, properties, required);
        if (properties.isEmpty()) {
            int max = node.count("maxProperties", Expression.UNBOUNDED);
            return JsonText.map(JsonText.STRING, value, node.count("minProperties", 0), max);
        }
        Expression entry = sequence(JsonText.stringOtherThan(properties.keySet()), JsonText.COLON, value);
        Expression first = open ? optional(JsonText.separated(entry, 1, Expression.UNBOUNDED)) : Expression.NOTHING;
        Expression further = open ? any(sequence(JsonText.COMMA, entry)) : Expression.NOTHING;
        List<String> names = new ArrayList<>(properties.keySet());
        Set<String> mustHave = new HashSet<>(required);
        for (int i = names.size() - 1; i >= 0; i--) {
            String name = names.get(i);
            String place = node.place("properties") + "/" + name;
            Expression property = sequence(JsonText.string(name), JsonText.COLON, schema(properties.get(name), place));
            boolean needed = mustHave.contains(name);
            Expression begun = sequence(property, further);
            Expression continued = sequence(JsonText.COMMA, property, further);
            // each is used twice: as a rule it is there once
            first = needed ? begun : new Expression.Rule(place + " or later").define(choice(begun, first));
            further = needed
                    ? shared(continued, place)
                    : new Expression.Rule("more from " + place).define(choice(continued, further));
        }
        return sequence(text("{"), first, text("}"));
    }

    private static Expression shared(Expression expression, String name) {
        return new Expression.Rule("from " + name).define(expression);
    }

    /** Keys may come twice in what is written, so more than one cannot be asked for; nor a limit on named ones. */
    private static void requireCountsFit(
            SchemaNode node, Map<String, @Nullable Object> properties, List<String> required) {
        int least = properties.isEmpty() ? 1 : required.size();
        if (node.count("minProperties", 0) > least) {
            throw node.bad("minProperties", least + " at most");
        }
        int most = properties.isEmpty() || node.has("additionalProperties") ? 0 : properties.size();
        if (node.has("maxProperties")
                && !properties.isEmpty()
                && (most == 0 || node.count("maxProperties", 0) < most)) {
            throw node.bad("maxProperties", "none beside named properties");
        }
    }
}
