package dev.demitasse.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A map with strings or constants of an enum as keys: an object. A key that is written twice has its last value. */
final class MapType extends JavaType {
    private final JavaType key;
    private final JavaType element;

    MapType(JavaType key, JavaType element) {
        if (!(key instanceof EnumType) && !key.equals(ScalarTypes.STRING)) {
            throw JavaTypes.unsupported("Map with other keys than String or an enum");
        }
        this.key = key;
        this.element = element;
    }

    @Override
    Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        if (key instanceof EnumType constants) {
            Map<String, @Nullable Object> properties = new LinkedHashMap<>();
            constants.names().forEach(name -> properties.put(name, definitions.use(element)));
            schema.put("properties", properties);
        } else {
            schema.put("additionalProperties", definitions.use(element));
        }
        return schema;
    }

    @Override
    Object value(@Nullable Object json, String place) {
        if (!(json instanceof Map<?, ?> object)) {
            throw mismatch(json, "an object", place);
        }
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        object.forEach(
                (name, each) -> map.put(key.value(name, place + "." + name), element.value(each, place + "." + name)));
        return Collections.unmodifiableMap(map);
    }
}
