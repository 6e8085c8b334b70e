package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.examples.ExecutableJar.Result;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An application without a framework, which does what applications do first: see its Main. */
class PlainConsumerSmokeTest {
    private static final String MAIN = "com.example.shop.Main";

    private static ConsumerProject shop;

    @BeforeAll
    static void build() throws Exception {
        shop = ConsumerProject.build("plain");
    }

    @Test
    void onTheClassPathWithTheFlagItRunsOnVectorKernelsAndTheLibraryPrintsNothing() throws Exception {
        assertThatItRunsOnVectorKernels(shop.java(ConsumerProject.VECTOR_FLAG, "-cp", classPath(), MAIN));
    }

    @Test
    void onTheModulePathItNeedsNoFlag() throws Exception {
        assertThatItRunsOnVectorKernels(shop.java(
                "-p", "target/shop.jar" + File.pathSeparator + "target/libs", "-m", "com.example.shop/" + MAIN));
    }

    @Test
    void asOneShadedJarItTakesTheFlagAlsoFromItsEnvironment() throws Exception {
        Result result =
                shop.java(Map.of("JDK_JAVA_OPTIONS", ConsumerProject.VECTOR_FLAG), "-jar", "target/shop-all.jar");
        assertThat(ConsumerProject.value(result, "kernels")).startsWith("vector-");
        assertThatItAnswers(result);
        assertThat(result.errorLines())
                .containsExactly(
                        "NOTE: Picked up JDK_JAVA_OPTIONS: " + ConsumerProject.VECTOR_FLAG, ConsumerProject.JVM_NOTE);
    }

    @Test
    void withoutTheFlagOneWarningSaysWhatToAdd() throws Exception {
        Result result = shop.java("-cp", classPath(), MAIN);
        assertThat(ConsumerProject.value(result, "kernels")).isEqualTo("scalar");
        assertThatItAnswers(result);
        assertThat(result.errorLines()).hasSize(2);
        assertThat(result.errorLines().get(1))
                .isEqualTo("WARNING: Models run on slow scalar kernels. This JVM runs without the Vector API: add"
                        + " --add-modules jdk.incubator.vector to its arguments.");
    }

    @Test
    void theLibrariesAndTheShadedJarCarryLicenceAndNotices() throws Exception {
        for (String jar : new String[] {"demitasse", "demitasse-core", "demitasse-tokenizer", "demitasse-demo-model"}) {
            Path library =
                    shop.file("target/libs/" + jar + "-" + System.getProperty("demitasse.test.version") + ".jar");
            assertThat(entry(library, "META-INF/LICENSE")).contains("Apache License");
            assertThat(entry(library, "META-INF/NOTICE")).startsWith("Demitasse");
        }
        assertThat(entry(shop.file("target/shop-all.jar"), "META-INF/NOTICE"))
                .contains("Demitasse", "FastDoubleParser");
    }

    private static void assertThatItRunsOnVectorKernels(Result result) {
        assertThat(ConsumerProject.value(result, "kernels")).startsWith("vector-");
        assertThatItAnswers(result);
        assertThat(result.errorLines()).containsExactly(ConsumerProject.JVM_NOTE);
    }

    private static void assertThatItAnswers(Result result) {
        assertThat(result.status()).as(result.err()).isZero();
        assertThat(result.out().lines().takeWhile(line -> !line.startsWith("kernels")))
                .as("two poems of four lines")
                .hasSize(8)
                .allMatch(line -> line.matches("\\p{IsHan}{5,7}\\p{IsPunctuation}"));
        assertThat(ConsumerProject.value(result, "pulled")).matches("\\p{IsHan}{5,7}\\p{IsPunctuation}");
        assertThat(ConsumerProject.value(result, "pushed")).isNotBlank();
        assertThat(ConsumerProject.value(result, "finish")).isEqualTo("STOP");
        assertThat(ConsumerProject.value(result, "mood")).isIn("HAPPY", "NEUTRAL", "ANGRY");
        assertThat(ConsumerProject.value(result, "restored")).isEqualTo("true");
        assertThat(ConsumerProject.value(result, "partial")).isEqualTo("CANCELLED");
        assertThat(ConsumerProject.value(result, "tools")).isEqualTo("Two euros.");
    }

    private static String classPath() {
        return "target/shop.jar" + File.pathSeparator + "target/libs/*";
    }

    private static String entry(Path jar, String name) throws Exception {
        try (JarFile file = new JarFile(jar.toFile())) {
            return new String(file.getInputStream(file.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
