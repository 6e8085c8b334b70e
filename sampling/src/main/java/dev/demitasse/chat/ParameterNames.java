package dev.demitasse.chat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.classfile.attribute.LocalVariableTableAttribute;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names of a method's parameters: from {@link Param}, else as {@code -parameters} keeps them, else from the table of local
 * variables that {@code -g}, which build tools set, leaves in the class file.
 */
final class ParameterNames {
    private ParameterNames() {}

    /** @throws ToolMethodException if a name is not to be found */
    static List<String> of(Method method) {
        Map<Integer, String> debug = Map.of();
        List<String> names = new ArrayList<>();
        int slot = Modifier.isStatic(method.getModifiers()) ? 0 : 1;
        for (Parameter parameter : method.getParameters()) {
            String name = declared(parameter);
            if (name == null) {
                debug = debug.isEmpty() ? debugNames(method) : debug;
                name = debug.get(slot);
            }
            if (name == null) {
                throw new ToolMethodException("the parameters of " + ToolMethods.nameOf(method)
                        + " have no names in the class file: compile it with -parameters or -g, or annotate each with"
                        + " @Param(\"...\")");
            }
            names.add(name);
            slot += parameter.getType() == long.class || parameter.getType() == double.class ? 2 : 1;
        }
        return names;
    }

    private static @Nullable String declared(Parameter parameter) {
        Param param = parameter.getAnnotation(Param.class);
        if (param != null) {
            return param.value();
        }
        return parameter.isNamePresent() ? parameter.getName() : null;
    }

    /** Names by slot of the local variables that are there from the beginning. */
    private static Map<Integer, String> debugNames(Method method) {
        Map<Integer, String> names = new HashMap<>();
        CodeAttribute code = code(method);
        LocalVariableTableAttribute table = code == null
                ? null
                : code.findAttribute(Attributes.localVariableTable()).orElse(null);
        if (table != null) {
            for (LocalVariableInfo variable : table.localVariables()) {
                if (variable.startPc() == 0) {
                    names.put(variable.slot(), variable.name().stringValue());
                }
            }
        }
        return names;
    }

    private static @Nullable CodeAttribute code(Method method) {
        MethodTypeDesc descriptor = MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                .describeConstable()
                .orElse(null);
        byte[] bytes = classFile(method.getDeclaringClass());
        if (descriptor == null || bytes == null) {
            return null;
        }
        for (MethodModel candidate : ClassFile.of().parse(bytes).methods()) {
            if (candidate.methodName().equalsString(method.getName())
                    && candidate.methodTypeSymbol().equals(descriptor)) {
                return candidate.findAttribute(Attributes.code()).orElse(null);
            }
        }
        return null;
    }

    private static byte @Nullable [] classFile(Class<?> type) {
        String name = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
        try (InputStream in = type.getResourceAsStream(name)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            return null;
        }
    }
}
