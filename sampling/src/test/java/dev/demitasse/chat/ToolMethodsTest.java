package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.chat.testing.ScriptedModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.DebugElementsOption;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.attribute.MethodParametersAttribute;
import java.lang.invoke.MethodHandles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ToolMethodsTest {
    enum Size {
        SMALL,
        LARGE
    }

    static class Shop {
        @Nullable
        String filed;

        @Tool("Price of a fruit in euros")
        double price(@Description("in any language") String fruit, long count, Size size, Optional<String> note) {
            return fruit.equals("苹果") ? 0.5 * count : (size == Size.LARGE ? 1 : 0);
        }

        @Tool(value = "Files a note", name = "file_note")
        void file(@Param("note") String text) {
            filed = text;
        }

        @Tool("Fails")
        static String fail() throws IOException {
            throw new IOException("closed today");
        }
    }

    private static Map<String, Object> arguments(Object... namesAndValues) {
        Map<String, Object> arguments = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            arguments.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return arguments;
    }

    @Test
    void methodsAreDescribedByTheirSignature() {
        List<ToolBox.Entry> tools = ToolMethods.of(new Shop(), null);
        assertThat(tools.stream().map(tool -> tool.definition().name())).containsExactly("fail", "file_note", "price");
        assertThat(tools.getLast().definition().parametersJson())
                .isEqualTo("{\"type\": \"object\", \"properties\": {\"fruit\": {\"type\": \"string\", \"description\":"
                        + " \"in any language\"}, \"count\": {\"type\": \"integer\", \"format\": \"int64\"}, \"size\":"
                        + " {\"enum\": [\"SMALL\", \"LARGE\"]}, \"note\": {\"type\": [\"string\", \"null\"]}},"
                        + " \"required\": [\"fruit\", \"count\", \"size\"]}");
    }

    @Test
    void methodsAreCalledWithJavaValues() {
        Shop shop = new Shop();
        try (var model = ScriptedModel.replying()
                        .thenCalls("price", arguments("fruit", "苹果", "count", 4, "size", "LARGE"))
                        .thenCalls("file_note", Map.of("note", "写下"))
                        .thenCalls("fail", Map.of())
                        .thenReplies("done");
                var chat = model.newChat().tools(shop).start()) {
            Reply reply = chat.send("How much are four apples?").await();
            assertThat(reply.toolRuns())
                    .extracting(ToolRun::result)
                    .containsExactly("2.0", "done", "Error: closed today");
            assertThat(reply.toolRuns().getLast().failure()).isInstanceOf(IOException.class);
            assertThat(shop.filed).isEqualTo("写下");
        }
    }

    @Test
    void aLambdaTakesARecord() {
        record Route(String from, String to, @Nullable Integer stops) {}
        try (var model = ScriptedModel.replying()
                        .thenCalls("route", arguments("from", "北京", "to", "上海"))
                        .thenReplies("done");
                var chat = model.newChat()
                        .tool("route", "Plans a journey", Route.class, route -> List.of(route.from(), route.to()))
                        .start()) {
            assertThat(chat.send("go").await().toolRuns().getFirst().result()).isEqualTo("[\"北京\", \"上海\"]");
        }
    }

    @Test
    void aLookupMayCallWhatItSees() throws Exception {
        Shop shop = new Shop();
        List<ToolBox.Entry> tools = ToolMethods.of(shop, MethodHandles.lookup());
        ToolBox box = new ToolBox(tools);
        assertThat(box.run(ToolCall.of("price", arguments("fruit", "x", "count", 1, "size", "LARGE")))
                        .result())
                .isEqualTo("1.0");
        assertThat(box.run(ToolCall.of("file_note", Map.of("note", "y"))).result())
                .isEqualTo("done");
        assertThat(box.run(ToolCall.of("fail", Map.of())).failure()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ToolMethods.of(shop, MethodHandles.publicLookup()))
                .isInstanceOf(ToolMethodException.class)
                .hasMessageContainingAll("Shop.", "MethodHandles.lookup()");
    }

    @Test
    void namesComeFromTheDebugTableWhereTheCompilerKeptNoOthers() throws Exception {
        Object compiledWithG = reloaded(ClassFile.of());
        assertThat(ToolMethods.of(compiledWithG, null).getLast().definition().parametersJson())
                .contains("\"fruit\"", "\"count\"", "\"size\"", "\"note\"");
        Object compiledWithout = reloaded(ClassFile.of(DebugElementsOption.DROP_DEBUG));
        assertThatThrownBy(() -> ToolMethods.of(compiledWithout, null))
                .isInstanceOf(ToolMethodException.class)
                .hasMessageContainingAll("Shop.price", "-parameters", "@Param");
    }

    /** A shop whose class file has no MethodParameters. */
    private static Object reloaded(ClassFile options) throws Exception {
        String resource = Shop.class.getName().replace('.', '/') + ".class";
        byte[] original;
        try (InputStream in = Shop.class.getClassLoader().getResourceAsStream(resource)) {
            original = in.readAllBytes();
        }
        byte[] changed = options.transformClass(
                options.parse(original),
                ClassTransform.transformingMethods(
                        MethodTransform.dropping(element -> element instanceof MethodParametersAttribute)
                                .andThen(MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL))));
        ClassLoader loader = new ClassLoader(Shop.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.equals(Shop.class.getName())) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? defineClass(name, changed, 0, changed.length) : loaded;
            }

            @Override
            public InputStream getResourceAsStream(String name) {
                return name.equals(resource) ? new ByteArrayInputStream(changed) : super.getResourceAsStream(name);
            }
        };
        var constructor = loader.loadClass(Shop.class.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
    }

    @Test
    void anObjectWithoutToolsIsRefused() {
        try (var model = ScriptedModel.replying("x")) {
            assertThatThrownBy(() -> model.newChat().tools("no tools"))
                    .isInstanceOf(ToolMethodException.class)
                    .hasMessageContaining("java.lang.String has no tools");
        }
    }
}
