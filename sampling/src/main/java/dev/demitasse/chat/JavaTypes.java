package dev.demitasse.chat;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out how Java types are written as JSON. Types that are part of themselves are found once. Not thread-safe. */
final class JavaTypes {
    /** A class with the types that its type parameters stand for. */
    private record Key(Class<?> type, List<JavaType> arguments) {}

    private final Map<Key, JavaType> known = new HashMap<>();

    /**
     * How a type is written.
     *
     * @throws OutputTypeException if it, or one inside of it, is not supported
     */
    JavaType of(Type type) {
        return of(type, Map.of());
    }

    /** How a component or parameter is written: one annotated Nullable may be missing. */
    JavaType of(AnnotatedType type, AnnotatedElement declaration, Map<TypeVariable<?>, JavaType> scope) {
        JavaType plain = of(type.getType(), scope);
        boolean nullable = isNullable(type) || isNullable(declaration);
        return nullable && !plain.mayBeMissing() ? OptionalType.nullable(plain) : plain;
    }

    private static boolean isNullable(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotations())
                .anyMatch(annotation ->
                        annotation.annotationType().getSimpleName().equals("Nullable"));
    }

    JavaType listOf(JavaType element) {
        return ListType.list(element);
    }

    private JavaType of(Type type, Map<TypeVariable<?>, JavaType> scope) {
        return switch (type) {
            case Class<?> plain when plain.isArray() -> ListType.array(plain, of(plain.getComponentType(), scope));
            case Class<?> plain -> ofClass(plain, List.of());
            case ParameterizedType generic -> {
                List<JavaType> arguments = Arrays.stream(generic.getActualTypeArguments())
                        .map(argument -> of(argument, scope))
                        .toList();
                yield ofClass((Class<?>) generic.getRawType(), arguments);
            }
            case WildcardType wildcard -> of(wildcard.getUpperBounds()[0], scope);
            case TypeVariable<?> variable when scope.containsKey(variable) -> scope.get(variable);
            case TypeVariable<?> variable ->
                throw unsupported("the type variable " + variable + " of " + variable.getGenericDeclaration());
            case GenericArrayType array -> throw unsupported(array + "; use a List");
            default -> throw unsupported(type.toString());
        };
    }

    private JavaType ofClass(Class<?> type, List<JavaType> arguments) {
        JavaType scalar = ScalarTypes.find(type);
        if (scalar != null) {
            return scalar;
        }
        Key key = new Key(type, arguments);
        JavaType found = known.get(key);
        return found == null ? remembered(key) : found;
    }

    private JavaType remembered(Key key) {
        Class<?> type = key.type;
        if (type.isRecord()) {
            RecordType record = new RecordType(type, null);
            known.put(key, record);
            record.findComponents(this, scope(type, key.arguments));
            return record;
        }
        if (type.isSealed()) {
            SealedType sealed = new SealedType(type);
            known.put(key, sealed);
            sealed.findVariants(this);
            return sealed;
        }
        if (type.isEnum()) {
            return new EnumType(type);
        }
        return ofLibraryType(type, key.arguments);
    }

    private JavaType ofLibraryType(Class<?> type, List<JavaType> arguments) {
        if (type == OptionalInt.class || type == OptionalLong.class || type == OptionalDouble.class) {
            return OptionalType.ofPrimitive(type);
        }
        if (arguments.isEmpty()) {
            throw unsupported(type.getTypeName());
        }
        if (type == Optional.class) {
            return OptionalType.optional(arguments.getFirst());
        }
        if (type == Set.class) {
            return ListType.set(arguments.getFirst());
        }
        if (type == List.class || type == Collection.class || type == Iterable.class) {
            return ListType.list(arguments.getFirst());
        }
        if (type == Map.class) {
            return new MapType(arguments.getFirst(), arguments.getLast());
        }
        throw unsupported(type.getTypeName());
    }

    private static Map<TypeVariable<?>, JavaType> scope(Class<?> type, List<JavaType> arguments) {
        Map<TypeVariable<?>, JavaType> scope = new HashMap<>();
        TypeVariable<?>[] parameters = type.getTypeParameters();
        for (int i = 0; i < Math.min(parameters.length, arguments.size()); i++) {
            scope.put(parameters[i], arguments.get(i));
        }
        return scope;
    }

    /** The text of a {@link Description}, or null. */
    static @Nullable String description(AnnotatedElement element) {
        Description description = element.getAnnotation(Description.class);
        return description == null ? null : description.value();
    }

    static OutputTypeException unsupported(String type) {
        return new OutputTypeException(
                "the Java type " + type + " is not supported; expected a record, an enum, a sealed interface of"
                        + " records, List, Set, Map, Optional, an array, String, a number, boolean, a"
                        + " date, UUID or Object");
    }
}
