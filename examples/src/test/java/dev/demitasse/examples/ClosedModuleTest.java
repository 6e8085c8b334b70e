package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.examples.ExecutableJar.Result;
import dev.demitasse.tokenizer.Tokenizer;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.TokenStreamFactory;

/** An application in a named module that opens nothing: errors print the line that is missing, and it is the right one. */
class ClosedModuleTest {
    private static final Path SOURCES = Path.of("src", "test", "consumers", "closed-module");
    private static final String MODULE = "com.example.closed";
    private static final Pattern LINE = Pattern.compile("opens [\\w.]+ to [\\w.]+;?");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"record", "tool"})
    void theErrorPrintsTheLineThatMakesItWork(String what) throws Exception {
        Path closed = compile("closed", "");
        Result refused = run(closed, what);
        assertThat(refused.status()).isEqualTo(1);
        var line = LINE.matcher(refused.err());
        assertThat(line.find()).as(refused.err()).isTrue();
        assertThat(line.group()).isEqualTo("opens com.example.closed to dev.demitasse.chat;");
        Result accepted = run(compile("open", line.group()), what);
        assertThat(accepted.err()).doesNotContain("Exception");
        assertThat(accepted.out()).isEqualTo("value: 4" + System.lineSeparator());
    }

    @Test
    void aLookupOpensNothingAndIsEnoughForTools() throws Exception {
        Result accepted = run(compile("closed", ""), "lookup");
        assertThat(accepted.out()).as(accepted.err()).isEqualTo("value: 4" + System.lineSeparator());
    }

    private Path compile(String name, String line) throws IOException {
        Path sources = Files.createDirectories(folder.resolve(name + "-sources"));
        Path descriptor = sources.resolve("module-info.java");
        String module = Files.readString(SOURCES.resolve("module-info.java"));
        Files.writeString(descriptor, module.substring(0, module.lastIndexOf('}')) + line + "}");
        Path classes = folder.resolve(name);
        Path main = SOURCES.resolve(Path.of("com", "example", "closed", "Main.java"));
        int status = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        System.out,
                        System.err,
                        "-parameters",
                        "-d",
                        classes.toString(),
                        "-p",
                        libraries(),
                        descriptor.toString(),
                        main.toString());
        assertThat(status).isZero();
        return classes;
    }

    private static Result run(Path classes, String argument) throws Exception {
        List<String> command = List.of(
                ExecutableJar.thisJava().toString(),
                "-p",
                classes + File.pathSeparator + libraries(),
                "-m",
                MODULE + "/" + MODULE + ".Main",
                argument);
        return ExecutableJar.run(command, "", Map.of());
    }

    /** Where this JVM has the modules from. */
    private static String libraries() {
        return Stream.of(
                        LanguageModel.class,
                        Tokenizer.class,
                        KernelSelection.class,
                        TokenStreamFactory.class,
                        NullMarked.class)
                .map(type -> Path.of(URI.create(type.getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString()))
                        .toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
