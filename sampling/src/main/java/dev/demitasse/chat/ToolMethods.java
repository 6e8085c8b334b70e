package dev.demitasse.chat;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the methods of an object that are annotated as tools. */
final class ToolMethods {
    private ToolMethods() {}

    /** How a method is called. */
    @FunctionalInterface
    private interface Call {
        @Nullable
        Object invoke(@Nullable Object[] arguments) throws Exception;
    }

    /**
     * The tools of an object, its superclasses' included, by name.
     *
     * @param lookup what may see the methods, or null for this library itself
     * @throws ToolMethodException if a method cannot be a tool
     */
    static List<ToolBox.Entry> of(Object object, MethodHandles.@Nullable Lookup lookup) {
        List<ToolBox.Entry> entries = new ArrayList<>();
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Tool.class) && !method.isBridge())
                    .sorted(Comparator.comparing(Method::getName))
                    .map(method -> entry(method, object, lookup))
                    .forEach(entries::add);
        }
        if (entries.isEmpty()) {
            throw new ToolMethodException(object.getClass().getName()
                    + " has no tools: found no method annotated with @" + Tool.class.getName());
        }
        return entries;
    }

    private static ToolBox.Entry entry(Method method, Object object, MethodHandles.@Nullable Lookup lookup) {
        Tool tool = method.getAnnotation(Tool.class);
        Call call = lookup == null ? reflected(method, object) : seen(method, object, lookup);
        ArgumentsType type = new ArgumentsType(method, ParameterNames.of(method));
        ToolDefinition definition = ToolDefinition.of(
                tool.name().isEmpty() ? method.getName() : tool.name(), tool.value(), SchemaDefinitions.of(type));
        boolean returnsNothing = method.getReturnType() == void.class;
        return new ToolBox.Entry(definition, wanted -> {
            Object result = call.invoke(type.value(wanted.arguments(), "the arguments"));
            return returnsNothing ? "done" : result;
        });
    }

    private static Call reflected(Method method, Object object) {
        try {
            method.setAccessible(true);
        } catch (InaccessibleObjectException e) {
            Class<?> type = method.getDeclaringClass();
            throw new ToolMethodException(
                    "the tool " + nameOf(method) + " cannot be called by this library. Add to the module-info of "
                            + type.getModule().getName() + ": opens " + type.getPackageName() + " to "
                            + ToolMethods.class.getModule().getName()
                            + "; or pass a lookup: tools(MethodHandles.lookup(), ...)",
                    e);
        }
        return arguments -> {
            try {
                return method.invoke(object, arguments);
            } catch (InvocationTargetException e) {
                throw unwrapped(e);
            }
        };
    }

    private static Exception unwrapped(InvocationTargetException e) {
        return switch (e.getCause()) {
            case Error error -> throw error;
            case Exception exception -> exception;
            case null, default -> e;
        };
    }

    private static Call seen(Method method, Object object, MethodHandles.Lookup lookup) {
        try {
            var handle = lookup.unreflect(method);
            var bound = Modifier.isStatic(method.getModifiers()) ? handle : handle.bindTo(object);
            var spread = bound.asFixedArity().asSpreader(Object[].class, method.getParameterCount());
            return arguments -> invoke(spread, arguments);
        } catch (IllegalAccessException e) {
            throw new ToolMethodException(
                    "the tool " + nameOf(method) + " is not visible to " + lookup
                            + ": pass MethodHandles.lookup() of a class that may call it",
                    e);
        }
    }

    private static @Nullable Object invoke(MethodHandle handle, @Nullable Object[] arguments) throws Exception {
        try {
            return handle.invoke(arguments);
        } catch (Exception | Error thrown) {
            throw thrown;
        } catch (Throwable thrown) {
            throw new IllegalStateException(thrown);
        }
    }

    static String nameOf(Method method) {
        return method.getDeclaringClass().getName() + "." + method.getName();
    }
}
