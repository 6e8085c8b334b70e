package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That kernels are compiled when the warm-up is over, each time in a new JVM. */
class VectorWarmUpTest {
    /**
     * One vector operation that is not compiled allocates some hundred bytes, and each kernel of matrices has more than
     * 30,000 of them here. The room is for what is small, and for the JVM's own: a class loaded, a method handle linked.
     */
    private static final long OTHER_BYTES = 400_000;

    @ParameterizedTest
    @ValueSource(strings = {"Q8_0", "Q4_0", "Q5_0", "Q6_K", "F16"})
    void afterTheWarmUpNoKernelMakesVectorsOnTheHeap(String type) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        Path.of("target", "classes")
                                + System.getProperty("path.separator")
                                + Path.of("target", "test-classes"),
                        WarmUpReport.class.getName(),
                        type))
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output + errors).isZero();
        assertThat(Long.parseLong(output.strip())).isLessThan(OTHER_BYTES);
    }
}
