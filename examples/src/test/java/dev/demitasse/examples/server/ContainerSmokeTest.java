package dev.demitasse.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The container image's contents, started in an otherwise empty root folder. */
class ContainerSmokeTest {
    @Test
    void theImagesContentsServeWithoutAnythingElse() throws Exception {
        boolean mayChangeRoot = "root".equals(System.getProperty("user.name")) && ServeProcess.isOnPath("chroot");
        Assumptions.assumeTrue(mayChangeRoot && ServeProcess.isOnPath("curl"), "needs Linux, root and curl");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of("..", "container", "test.sh").toString(),
                Path.of("target", "demitasse.jar").toString());
        builder.environment().put("JAVA25_HOME", System.getProperty("java.home"));
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("container test: passed");
    }
}
