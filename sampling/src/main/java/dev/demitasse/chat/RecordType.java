package dev.demitasse.chat;

import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A record: an object with a property for each component, in their order. */
final class RecordType extends JavaType {
    private record Component(
            String name, JavaType type, @Nullable String description) {}

    /** The property by which variants of a sealed type are told apart, and its value. */
    record Tag(String property, String value) {}

    private final Class<?> type;
    private final @Nullable Tag tag;
    private final Constructor<?> constructor;
    private List<Component> components = List.of();

    /** @param tag written as the first property, or null */
    RecordType(Class<?> type, @Nullable Tag tag) {
        this.type = type;
        this.tag = tag;
        this.constructor = canonicalConstructor(type);
    }

    /** The second half of the construction: components may be of this type themselves. */
    void findComponents(JavaTypes types, Map<TypeVariable<?>, JavaType> scope) {
        List<Component> found = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            found.add(new Component(
                    component.getName(),
                    types.of(component.getAnnotatedType(), component, scope),
                    JavaTypes.description(component)));
        }
        components = List.copyOf(found);
    }

    private static Constructor<?> canonicalConstructor(Class<?> type) {
        Class<?>[] parameters = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(parameters);
            constructor.setAccessible(true);
            return constructor;
        } catch (NoSuchMethodException e) {
            throw new AssertionError("every record has a canonical constructor", e);
        } catch (InaccessibleObjectException e) {
            throw new OutputTypeException(
                    "the record " + type.getName() + " cannot be made by this library. Add to the module-info of "
                            + type.getModule().getName() + ": opens " + type.getPackageName() + " to "
                            + RecordType.class.getModule().getName() + ";",
                    e);
        }
    }

    String name() {
        return type.getSimpleName();
    }

    @Override
    Map<String, @Nullable Object> schema(SchemaDefinitions definitions) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        String description = JavaTypes.description(type);
        if (description != null) {
            schema.put("description", description);
        }
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        List<@Nullable Object> required = new ArrayList<>();
        if (tag != null) {
            properties.put(tag.property, Map.of("const", tag.value));
            required.add(tag.property);
        }
        for (Component component : components) {
            Map<String, @Nullable Object> property = new LinkedHashMap<>(definitions.use(component.type));
            if (component.description != null) {
                property.put("description", component.description);
            }
            properties.put(component.name, property);
            if (!component.type.mayBeMissing()) {
                required.add(component.name);
            }
        }
        schema.put("properties", properties);
        schema.put("required", required);
        return schema;
    }

    @Override
    Object value(@Nullable Object json, String place) {
        if (!(json instanceof Map<?, ?> object)) {
            throw mismatch(json, "an object for " + name(), place);
        }
        @Nullable Object[] arguments = new @Nullable Object[components.size()];
        for (int i = 0; i < arguments.length; i++) {
            Component component = components.get(i);
            if (!object.containsKey(component.name) && !component.type.mayBeMissing()) {
                throw new Mismatch(place + ": found no " + component.name + "; expected all of " + name(), null);
            }
            arguments[i] = component.type.value(object.get(component.name), place + "." + component.name);
        }
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw new Mismatch(place + ": the constructor of " + name() + " refused it: " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new Mismatch(place + ": the constructor of " + name() + " cannot be called: " + e, e);
        }
    }
}
