package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.examples.ExecutableJar.Result;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A Quarkus application as a fast-jar. */
class QuarkusConsumerSmokeTest {
    private static final String JAR = "target/quarkus-app/quarkus-run.jar";

    private static ConsumerProject shop;

    @BeforeAll
    static void build() throws Exception {
        shop = ConsumerProject.build("quarkus");
    }

    @Test
    void theFastJarRunsOnVectorKernelsAndTheLibraryPrintsNothing() throws Exception {
        Result result = shop.java(ConsumerProject.VECTOR_FLAG, "-jar", JAR);
        assertThatItAnswers(result, "vector-");
        assertThat(result.errorLines()).containsExactly(ConsumerProject.JVM_NOTE);
    }

    @Test
    void withoutTheFlagTheWarningIsInTheApplicationsLog() throws Exception {
        Result result = shop.java("-jar", JAR);
        assertThatItAnswers(result, "scalar");
        assertThat(result.errorLines())
                .singleElement()
                .asString()
                .contains("WARN", "[dev.demitasse.chat]", "--add-modules jdk.incubator.vector");
    }

    private static void assertThatItAnswers(Result result, String kernels) {
        assertThat(result.status()).as(result.out() + result.err()).isZero();
        assertThat(ConsumerProject.value(result, "kernels")).startsWith(kernels);
        assertThat(ConsumerProject.value(result, "class loader")).isEqualTo("RunnerClassLoader");
        assertThat(ConsumerProject.value(result, "poem")).matches("\\p{IsHan}{5,7}\\p{IsPunctuation}");
        assertThat(ConsumerProject.value(result, "mood")).isIn("HAPPY", "NEUTRAL", "ANGRY");
    }
}
