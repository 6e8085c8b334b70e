package dev.demitasse.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.examples.ExecutableJar.Result;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A Spring Boot 4 application: libraries as jars in its jar, and its development mode with restarting class loaders. */
class SpringBootConsumerSmokeTest {
    private static ConsumerProject shop;

    @BeforeAll
    static void build() throws Exception {
        shop = ConsumerProject.build("spring-boot");
    }

    @Test
    void theRepackagedJarRunsOnVectorKernels() throws Exception {
        Result result = shop.java(ConsumerProject.VECTOR_FLAG, "-jar", "target/shop.jar");
        assertThatItAnswers(result, "vector-", "LaunchedClassLoader");
        assertThat(result.errorLines()).containsExactly(ConsumerProject.JVM_NOTE);
        assertThat(result.out()).doesNotContain("dev.demitasse");
    }

    @Test
    void developmentModeRunsOnScalarKernelsAndTheWarningIsInTheApplicationsLog() throws Exception {
        Result result =
                shop.maven("spring-boot:run", "-Dspring-boot.run.jvmArguments=--add-modules jdk.incubator.vector");
        assertThatItAnswers(result, "scalar", "RestartClassLoader");
        assertThat(result.out()).contains("WARN", "dev.demitasse.chat", "remove -XX:TieredStopAtLevel");
    }

    @Test
    void developmentModeWithoutItsOptimisedLaunchRunsOnVectorKernels() throws Exception {
        Result result = shop.maven(
                "spring-boot:run",
                "-Dspring-boot.run.optimizedLaunch=false",
                "-Dspring-boot.run.jvmArguments=--add-modules jdk.incubator.vector");
        assertThatItAnswers(result, "vector-", "RestartClassLoader");
    }

    private static void assertThatItAnswers(Result result, String kernels, String classLoader) {
        assertThat(result.status()).as(result.out() + result.err()).isZero();
        assertThat(ConsumerProject.value(result, "kernels")).startsWith(kernels);
        assertThat(ConsumerProject.value(result, "class loader")).isEqualTo(classLoader);
        assertThat(ConsumerProject.value(result, "poem")).matches("\\p{IsHan}{5,7}\\p{IsPunctuation}");
        assertThat(ConsumerProject.value(result, "mood")).isIn("HAPPY", "NEUTRAL", "ANGRY");
    }
}
