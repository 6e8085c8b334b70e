package dev.demitasse.grammar;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether two schemas could both hold for one value: alternatives of {@code oneOf} must not. */
final class SchemaOverlap {
    private final SchemaReferences references;

    SchemaOverlap(SchemaReferences references) {
        this.references = references;
    }

    /** Checks all pairs of alternatives. */
    void requireDisjoint(SchemaNode node) {
        List<?> alternatives = node.list("oneOf");
        for (int i = 0; i < alternatives.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!disjoint(alternatives.get(j), alternatives.get(i))) {
                    throw new GrammarException("JSON Schema: alternatives " + j + " and " + i + " of "
                            + node.place("oneOf") + " could both hold for one value; expected other types, or a"
                            + " required property with other values of const or enum. anyOf may overlap");
                }
            }
        }
    }

    private boolean disjoint(@Nullable Object one, @Nullable Object other) {
        if (one instanceof Boolean || other instanceof Boolean) {
            return Boolean.FALSE.equals(one) || Boolean.FALSE.equals(other);
        }
        SchemaNode first = references.follow(SchemaNode.of(one, "oneOf"));
        SchemaNode second = references.follow(SchemaNode.of(other, "oneOf"));
        return differInType(first, second) || differInConstants(first, second) || differInProperty(first, second);
    }

    private static boolean differInType(SchemaNode one, SchemaNode other) {
        Set<String> types = typesOfValues(one);
        types.retainAll(typesOfValues(other));
        return types.isEmpty();
    }

    private static Set<String> typesOfValues(SchemaNode node) {
        Set<String> types = new HashSet<>();
        if (isConstant(node)) {
            constants(node).forEach(value -> types.add(typeOf(value)));
        } else if (node.has("type")) {
            types.addAll(node.types());
        } else {
            types.addAll(new SchemaNode(Map.of(), node.place()).types());
        }
        // a whole number is a number too
        if (types.remove("integer")) {
            types.add("number");
        }
        return types;
    }

    private static boolean differInConstants(SchemaNode one, SchemaNode other) {
        return isConstant(one)
                && isConstant(other)
                && constants(one).stream()
                        .noneMatch(value -> constants(other).stream().anyMatch(v -> same(value, v)));
    }

    private boolean differInProperty(SchemaNode one, SchemaNode other) {
        Set<String> both = new HashSet<>(one.required());
        both.retainAll(other.required());
        return both.stream()
                .anyMatch(name -> one.properties().get(name) != null
                        && other.properties().get(name) != null
                        && differInConstants(
                                references.follow(SchemaNode.of(one.properties().get(name), "oneOf")),
                                references.follow(
                                        SchemaNode.of(other.properties().get(name), "oneOf"))));
    }

    private static boolean isConstant(SchemaNode node) {
        return node.has("const") || node.has("enum");
    }

    /** The values that {@code const}, {@code enum} and {@code type} leave. */
    static List<@Nullable Object> constants(SchemaNode node) {
        List<@Nullable Object> values = new ArrayList<>();
        if (node.has("enum")) {
            values.addAll(node.list("enum"));
            if (node.has("const")) {
                values.removeIf(value -> !same(value, node.get("const")));
            }
        } else {
            values.add(node.get("const"));
        }
        if (node.has("type")) {
            Set<String> types = node.types();
            values.removeIf(value -> {
                boolean wholeNumber = typeOf(value).equals("integer") && types.contains("number");
                return !types.contains(typeOf(value)) && !wholeNumber;
            });
        }
        return values;
    }

    private static boolean same(@Nullable Object one, @Nullable Object other) {
        if (one instanceof Number a && other instanceof Number b) {
            return new BigDecimal(a.toString()).compareTo(new BigDecimal(b.toString())) == 0;
        }
        return Objects.equals(one, other);
    }

    private static String typeOf(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Boolean _ -> "boolean";
            case String _ -> "string";
            case Number number ->
                new BigDecimal(number.toString()).stripTrailingZeros().scale() <= 0 ? "integer" : "number";
            case List<?> _ -> "array";
            default -> "object";
        };
    }
}
