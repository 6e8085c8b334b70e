package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** {@code ops/} of the conformance pack: the small operations by themselves, against float64. */
class OpsConformanceTest {
    private static final String FILE = "ops/ops.jsonl";
    private static final double RELATIVE = 1e-5;
    private static final double ROPE = 1e-4;
    // The angle itself is a float32, as in the reference implementation of the models.
    private static final double ROPE_FAR = 5e-3;
    private static final int FAR = 1000;

    private static final ConformanceReport REPORT = new ConformanceReport("ops");

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @Test
    void everyOperationIsWithinItsLimit() {
        Path file = ConformanceReport.pack().resolve(FILE);
        List<TestJson> cases = TestJson.lines(file);
        assertThat(cases).isNotEmpty();
        for (TestJson example : cases) {
            REPORT.started(FILE);
            for (Kernels kernels : KernelSelection.all()) {
                check(kernels, example);
            }
            REPORT.passed(FILE);
        }
    }

    private static void check(Kernels kernels, TestJson example) {
        float[] x = example.floats("x");
        float[] out = new float[x.length];
        double[] expected = example.reals("y");
        double absolute = 1e-9;
        double relative = RELATIVE;
        switch (example.string("op")) {
            case "rmsnorm" -> kernels.rmsNorm(x, 0, example.floats("w"), (float) example.real("eps"), out, 0, x.length);
            case "silu_mul" -> kernels.siluMultiply(x, 0, example.floats("up"), 0, out, 0, x.length);
            case "softmax" -> {
                out = x;
                kernels.softmax(out, 0, out.length);
            }
            case "rope" -> {
                out = x;
                int position = example.integer("pos");
                var table = new RotaryTable(position + 1, out.length, (float) example.real("theta"));
                kernels.rope(out, 0, table.cos(), table.sin(), table.offset(position), out.length);
                absolute = position > FAR ? ROPE_FAR : ROPE;
            }
            default -> throw new IllegalArgumentException("unknown operation " + example.string("op"));
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) out[i])
                    .as("%s %s, element %d", kernels.name(), example.string("op"), i)
                    .isCloseTo(expected[i], within(absolute + relative * Math.abs(expected[i])));
        }
    }
}
