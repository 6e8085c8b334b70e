package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.kernels.KernelSelection.Policy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which kernels are chosen, asked in JVMs that were started with other arguments. */
class KernelSelectionTest {
    private static final String MODULE = "--add-modules=jdk.incubator.vector";

    @Test
    void scalarKernelsAreGivenToWhoAsksForThem() {
        KernelSelection selection = KernelSelection.choose(Policy.SCALAR, ActivationType.F32);
        assertThat(selection.kernels().name()).isEqualTo("scalar");
        assertThat(selection.warning()).isNull();
    }

    @Test
    void aJvmWithTheModuleCompilesVectors() throws Exception {
        assertThat(reportOf(MODULE)).first().asString().startsWith("vector-");
    }

    @ParameterizedTest
    @CsvSource({"16, vector-128", "8, scalar"})
    void theWidthOfVectorsCanBeLimited(int bytes, String kernels) throws Exception {
        assertThat(reportOf(MODULE, "-XX:MaxVectorSize=" + bytes)).first().isEqualTo(kernels);
    }

    @ParameterizedTest
    @CsvSource({
        "-Xint, -Xint",
        "-XX:TieredStopAtLevel=1, -XX:TieredStopAtLevel",
        "-XX:TieredStopAtLevel=3, -XX:TieredStopAtLevel",
        "-Dno.module, --add-modules jdk.incubator.vector"
    })
    void aJvmThatDoesNotCompileVectorsGetsScalarKernelsAndAWarningThatNamesTheSetting(String argument, String cure)
            throws Exception {
        List<String> report = argument.startsWith("-Dno") ? reportOf(argument) : reportOf(MODULE, argument);
        assertThat(report.get(0)).isEqualTo("scalar");
        assertThat(report.get(1)).contains("slow").contains(cure);
        assertThat(report.get(2)).startsWith("vector kernels are required").contains(cure);
    }

    @Test
    void aJvmWhoseCompilerLeavesVectorsAloneLosesTheRace() throws Exception {
        List<String> report = reportOf(MODULE, "-XX:+UnlockExperimentalVMOptions", "-XX:-EnableVectorSupport");
        assertThat(report.get(0)).isEqualTo("scalar");
    }

    private static List<String> reportOf(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of(
                "-cp",
                Path.of("target", "classes") + System.getProperty("path.separator") + Path.of("target", "test-classes"),
                SelectionReport.class.getName()));
        Process process = new ProcessBuilder(command).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().filter(line -> !line.startsWith("WARNING")).toList();
    }
}
