package dev.demitasse.core.kernels;

import dev.demitasse.core.kernels.KernelSelection.Policy;

/** Main class of the JVMs that {@link KernelSelectionTest} starts: says which kernels are chosen there. */
final class SelectionReport {
    private SelectionReport() {}

    /** Prints the chosen kernels, the warning and what happens when vector kernels are required, one a line. */
    public static void main(String[] arguments) {
        KernelSelection selection = KernelSelection.choose(Policy.AUTO, ActivationType.F32);
        System.out.println(selection.kernels().name());
        System.out.println(selection.warning());
        try {
            System.out.println(KernelSelection.choose(Policy.REQUIRE_VECTOR, ActivationType.F32)
                    .kernels()
                    .name());
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }
}
