package dev.demitasse.chat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sealed interface of records: the object of one of them, with its name as the first property, {@code type}. */
final class SealedType extends JavaType {
    private static final String TAG = "type";

    private final Class<?> type;
    private final String tag;
    private final Map<String, RecordType> variants = new LinkedHashMap<>();

    SealedType(Class<?> type) {
        this.type = type;
        // a component of that name keeps it
        this.tag = records(type).stream().anyMatch(SealedType::hasTagComponent) ? "$" + TAG : TAG;
    }

    /** The second half of the construction: components of variants may be of this type themselves. */
    void findVariants(JavaTypes types) {
        for (Class<?> record : records(type)) {
            String name = record.getSimpleName();
            RecordType variant = new RecordType(record, new RecordType.Tag(tag, name));
            if (variants.put(name, variant) != null) {
                throw new OutputTypeException("two records of the sealed type " + type.getName() + " have the name "
                        + name + ", by which they are told apart; rename one");
            }
            variant.findComponents(types, Map.of());
        }
    }

    private static List<Class<?>> records(Class<?> type) {
        List<Class<?>> records = new ArrayList<>();
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            if (permitted.isRecord()) {
                records.add(permitted);
            } else if (permitted.isSealed()) {
                records.addAll(records(permitted));
            } else {
                throw JavaTypes.unsupported(permitted.getTypeName() + " of the sealed type " + type.getTypeName());
            }
        }
        return records.stream().distinct().toList();
    }

    private static boolean hasTagComponent(Class<?> record) {
        return Arrays.stream(record.getRecordComponents())
                .map(RecordComponent::getName)
                .anyMatch(TAG::equals);
    }

    String name() {
        return type.getSimpleName();
    }

    @Override
    Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        String description = JavaTypes.description(type);
        if (description != null) {
            schema.put("description", description);
        }
        List<@Nullable Object> alternatives = new ArrayList<>();
        variants.values().forEach(variant -> alternatives.add(variant.schema(definitions)));
        schema.put("anyOf", alternatives);
        return schema;
    }

    @Override
    Object value(@Nullable Object json, String place) {
        if (!(json instanceof Map<?, ?> object)) {
            throw mismatch(json, "an object for " + name(), place);
        }
        RecordType variant = object.get(tag) instanceof String name ? variants.get(name) : null;
        if (variant == null) {
            throw new Mismatch(
                    place + "." + tag + ": found " + object.get(tag) + "; expected one of " + variants.keySet(), null);
        }
        return variant.value(object, place);
    }
}
