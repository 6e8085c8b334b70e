package dev.demitasse.grammar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes one schema of two that must both hold, where that takes no more than putting their keywords together. */
final class SchemaMerge {
    private SchemaMerge() {}

    static SchemaNode of(SchemaNode one, SchemaNode other) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(one.keywords());
        other.keywords().forEach((keyword, value) -> {
            if (!merged.containsKey(keyword) || SchemaNode.ANNOTATIONS.contains(keyword)) {
                merged.put(keyword, value);
            } else if (!Objects.equals(merged.get(keyword), value)) {
                merged.put(keyword, both(keyword, one, other));
            }
        });
        requireClosedAlike(one, other);
        return new SchemaNode(merged, one.place());
    }

    private static Object both(String keyword, SchemaNode one, SchemaNode other) {
        return switch (keyword) {
            case "type" -> {
                Set<String> types = new LinkedHashSet<>(one.types());
                types.retainAll(other.types());
                yield List.copyOf(types);
            }
            case "required" -> {
                Set<String> names = new LinkedHashSet<>(one.required());
                names.addAll(other.required());
                yield List.copyOf(names);
            }
            case "properties" -> {
                Map<String, @Nullable Object> properties = new LinkedHashMap<>(one.properties());
                other.properties().forEach((name, schema) -> {
                    Object known = properties.get(name);
                    properties.put(name, known == null || schema == null ? schema : allOf(known, schema));
                });
                yield properties;
            }
            case "minimum", "exclusiveMinimum" -> one.number(keyword).max(other.number(keyword));
            case "maximum", "exclusiveMaximum" -> one.number(keyword).min(other.number(keyword));
            case "minLength", "minItems" -> Math.max(one.count(keyword, 0), other.count(keyword, 0));
            case "maxLength", "maxItems" -> Math.min(one.count(keyword, 0), other.count(keyword, 0));
            default ->
                throw new GrammarException("JSON Schema: " + keyword + " at " + one.place() + " and at " + other.place()
                        + " must both hold, which is not supported");
        };
    }

    private static Object allOf(Object one, Object other) {
        List<Object> both = new ArrayList<>(List.of(one, other));
        return one.equals(other) ? one : Map.of("allOf", both);
    }

    /** {@code additionalProperties} speaks of the properties beside it alone, so these cannot be joined by others. */
    private static void requireClosedAlike(SchemaNode one, SchemaNode other) {
        boolean closed = one.has("additionalProperties") || other.has("additionalProperties");
        if (closed
                && !one.properties().keySet().equals(other.properties().keySet())
                && (concernsObjects(one) && concernsObjects(other))) {
            throw new GrammarException("JSON Schema: additionalProperties at " + one.place() + " or at " + other.place()
                    + " meets other properties, which is not supported; leave it out: objects are closed anyway");
        }
    }

    private static boolean concernsObjects(SchemaNode node) {
        return node.has("properties") || node.has("required") || node.has("additionalProperties");
    }
}
