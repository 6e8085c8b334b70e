package dev.demitasse.chat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes types that have a name once, under {@code $defs}, and references to them elsewhere. For one schema. */
final class SchemaDefinitions {
    private final Map<JavaType, String> references = new HashMap<>();
    private final Map<String, @Nullable Object> definitions = new LinkedHashMap<>();

    private SchemaDefinitions() {}

    /** The schema of a type, as JSON text. */
    static String schemaOf(JavaType type) {
        return PythonJson.write(of(type));
    }

    /** The schema of a type, as JSON values. */
    static Map<String, @Nullable Object> of(JavaType type) {
        SchemaDefinitions definitions = new SchemaDefinitions();
        definitions.references.put(type, "#");
        Map<String, @Nullable Object> schema = new LinkedHashMap<>(type.schema(definitions));
        if (!definitions.definitions.isEmpty()) {
            schema.put("$defs", definitions.definitions);
        }
        return schema;
    }

    /** A reference to a type, which is written when it is referred to for the first time. */
    Map<String, @Nullable Object> reference(JavaType type, String name) {
        String known = references.get(type);
        if (known == null) {
            String unique = name;
            for (int i = 2; definitions.containsKey(unique); i++) {
                unique = name + i;
            }
            known = "#/$defs/" + unique;
            references.put(type, known);
            definitions.put(unique, Map.of()); // takes the name while the type is written
            definitions.put(unique, type.schema(this));
        }
        Map<String, @Nullable Object> reference = new LinkedHashMap<>();
        reference.put("$ref", known);
        return reference;
    }

    /** A place where a type is used: a reference for those that have a name, else the schema itself. */
    Map<String, @Nullable Object> use(JavaType type) {
        return switch (type) {
            case RecordType record -> reference(record, record.name());
            case SealedType sealed -> reference(sealed, sealed.name());
            default -> type.schema(this);
        };
    }
}
