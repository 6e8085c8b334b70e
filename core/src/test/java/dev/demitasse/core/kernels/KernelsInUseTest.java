package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.kernels.KernelSelection.Policy;
import org.junit.jupiter.api.Test;

/** That the tests of this package meant for vectors of some width have run on them. */
class KernelsInUseTest {
    @Test
    void thisJvmRunsVectorKernelsOfTheWidthThisTestRunIsFor() {
        KernelSelection selection = KernelSelection.choose(Policy.AUTO, ActivationType.F32);
        assertThat(selection.kernels().name()).startsWith("vector-");
        assertThat(selection.warning()).isNull();
        int bits = Integer.parseInt(selection.kernels().name().substring("vector-".length()));
        assertThat(bits).isBetween(128, Integer.getInteger("demitasse.test.largestVectorBits", 512));
        assertThat(KernelSelection.all())
                .hasSize(2)
                .last()
                .extracting(Kernels::name)
                .isEqualTo("vector-" + bits);
    }
}
