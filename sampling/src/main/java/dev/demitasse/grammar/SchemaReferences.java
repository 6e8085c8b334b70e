package dev.demitasse.grammar;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds what {@code $ref} points to, within one schema. */
final class SchemaReferences {
    private final @Nullable Object root;

    SchemaReferences(@Nullable Object root) {
        this.root = root;
    }

    /** The schema at a pointer such as {@code #/$defs/node}. */
    @Nullable
    Object resolve(String pointer, SchemaNode from) {
        if (!pointer.equals("#") && !pointer.startsWith("#/")) {
            throw from.bad("$ref", "# or #/..., a place in the same schema");
        }
        Object target = root;
        String[] steps = URLDecoder.decode(pointer.replace("+", "%2B"), StandardCharsets.UTF_8)
                .split("/", -1);
        for (int i = 1; i < steps.length; i++) {
            target = child(target, steps[i].replace("~1", "/").replace("~0", "~"), from);
        }
        return target;
    }

    private static @Nullable Object child(@Nullable Object parent, String step, SchemaNode from) {
        if (parent instanceof Map<?, ?> map && map.containsKey(step)) {
            return map.get(step);
        }
        if (parent instanceof List<?> list && step.matches("\\d{1,6}") && Integer.parseInt(step) < list.size()) {
            return list.get(Integer.parseInt(step));
        }
        throw from.bad("$ref", "a place that exists: there is no " + step);
    }

    /** The schema that a reference points to, which must be an object. */
    SchemaNode target(SchemaNode node) {
        String pointer = node.text("$ref");
        return SchemaNode.of(resolve(pointer, node), pointer);
    }

    /** A schema without a reference at its top: the target of the reference, if that is all there is. */
    SchemaNode follow(SchemaNode node) {
        SchemaNode followed = node;
        Set<String> seen = new HashSet<>();
        while (followed.has("$ref") && followed.without(Set.of("$ref")).saysNothing()) {
            if (!seen.add(followed.text("$ref"))) {
                throw followed.bad("$ref", "a reference that does not lead back to itself");
            }
            followed = target(followed);
        }
        return followed;
    }
}
